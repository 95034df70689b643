/// The version of the program.
enum Version {
    static let current: String = "0.1.0"
}
