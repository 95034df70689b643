/// Where in a document the scanner is: `items[3].name`.
struct JSONPlace {
    private enum Part {
        case member(String)
        case element(Int)
    }

    private var parts: [Part] = []

    var isRoot: Bool { parts.isEmpty }

    /// The place as problems name it, with names cut to a bearable length.
    var text: String {
        parts.reduce(into: "") { text, part in
            switch part {
            case .member(let name): text += (text.isEmpty ? "" : ".") + name.prefix(100)
            case .element(let index): text += "[\(index)]"
            }
        }
    }

    /// Goes into an array.
    mutating func enterArray() throws {
        try checkDepth()
        parts.append(.element(0))
    }

    /// Goes into an object.
    mutating func enterObject() throws {
        try checkDepth()
        parts.append(.member(""))
    }

    private func checkDepth() throws {
        guard parts.count < StrictJSON.maximumDepth else {
            throw Problem(
                .unprocessable, "The body has more than \(StrictJSON.maximumDepth) levels of arrays and objects.")
        }
    }

    /// Goes on to the next element of the same array.
    mutating func advance() {
        if case .element(let index) = parts.last { parts[parts.count - 1] = .element(index + 1) }
    }

    /// Goes on to another member of the same object.
    mutating func rename(_ name: String) {
        parts[parts.count - 1] = .member(name)
    }

    mutating func leave() {
        parts.removeLast()
    }
}
