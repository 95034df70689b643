/// Something was not there that a test goes on with.
struct Unexpected: Error, CustomStringConvertible {
    let description: String
}
