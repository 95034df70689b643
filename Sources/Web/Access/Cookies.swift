/// What a `Cookie` header holds.
struct Cookies: Sendable {
    private let header: String

    init(_ header: String?) {
        self.header = header ?? ""
    }

    /// The value of one cookie; of several with that name the first.
    subscript(name: String) -> String? {
        for pair in header.split(separator: ";") {
            let sides = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            if sides.count == 2 && sides[0] == name { return String(sides[1]) }
        }
        return nil
    }
}
