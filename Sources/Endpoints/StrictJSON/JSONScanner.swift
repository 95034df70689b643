/// Walks once over the bytes of a document, beside its schema.
///
/// The text is known to be valid UTF-8. Recursion is bounded by ``StrictJSON/maximumDepth``.
struct JSONScanner {
    let bytes: [UInt8]
    let schemas: [String: Schema]
    var position = 0
    private var place = JSONPlace()
    private var members = 0

    init(bytes: [UInt8], schemas: [String: Schema]) {
        self.bytes = bytes
        self.schemas = schemas
    }

    mutating func scanDocument(_ schema: Schema) throws {
        skipSpace()
        try scanValue(schema)
        skipSpace()
        guard position == bytes.count else { throw broken("there is more after its end") }
    }

    // MARK: Values

    private mutating func scanValue(_ declared: Schema) throws {
        let (schema, takesNull) = resolved(declared)
        switch next {
        case UInt8(ascii: "{"): try scanObject(schema)
        case UInt8(ascii: "["): try scanArray(schema)
        case UInt8(ascii: "\""):
            guard schema.takesStrings else { throw wrongType(schema) }
            try scanString()
        case UInt8(ascii: "t"): try scanBoolean("true", schema)
        case UInt8(ascii: "f"): try scanBoolean("false", schema)
        case UInt8(ascii: "n"):
            try scanWord("null")
            guard takesNull else { throw refusal("\(subject) must not be null.") }
        case UInt8(ascii: "-"), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): try scanNumber(schema)
        case nil: throw broken("it ends too soon")
        default: throw broken("a value is expected")
        }
    }

    private mutating func scanBoolean(_ word: StaticString, _ schema: Schema) throws {
        try scanWord(word)
        guard schema == .any || schema == .boolean else { throw wrongType(schema) }
    }

    private mutating func scanWord(_ word: StaticString) throws {
        let end = position + word.utf8CodeUnitCount
        guard end <= bytes.count, bytes[position..<end].elementsEqual("\(word)".utf8) else {
            throw broken("a value is expected")
        }
        position = end
    }

    private mutating func scanArray(_ schema: Schema) throws {
        let element: Schema
        switch schema {
        case .any: element = .any
        case .array(let declared, _, _): element = declared
        default: throw wrongType(schema)
        }
        try place.enterArray()
        position += 1
        skipSpace()
        if !take(UInt8(ascii: "]")) {
            repeat {
                skipSpace()
                try scanValue(element)
                place.advance()
                skipSpace()
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "]")) else { throw broken("a comma or ']' is expected") }
        }
        place.leave()
    }

    private mutating func scanObject(_ schema: Schema) throws {
        var names: MemberNames
        switch schema {
        case .any: names = MemberNames(every: .any)
        case .map(let value, _): names = MemberNames(every: value)
        case .object(let properties): names = MemberNames(properties)
        default: throw wrongType(schema)
        }
        try place.enterObject()
        position += 1
        skipSpace()
        if !take(UInt8(ascii: "}")) {
            repeat {
                skipSpace()
                guard next == UInt8(ascii: "\"") else { throw broken("the name of a member is expected") }
                let name = try memberName()
                place.rename(name)
                switch names.schema(of: name) {
                case .first(let member):
                    try countMember()
                    skipSpace()
                    guard take(UInt8(ascii: ":")) else { throw broken("a colon is expected") }
                    skipSpace()
                    try scanValue(member)
                case .again: throw refusal("\(subject) is there twice.")
                case .unknown: throw unknown(name, names)
                }
                skipSpace()
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "}")) else { throw broken("a comma or '}' is expected") }
        }
        place.leave()
    }

    private mutating func memberName() throws -> String {
        let start = position + 1
        let isPlain = try scanString()
        let name = String(decoding: bytes[start..<(position - 1)], as: UTF8.self)
        return isPlain ? name : JSONEscapes.removed(from: name)
    }

    private mutating func countMember() throws {
        members += 1
        guard members <= StrictJSON.maximumMembers else {
            throw Problem(
                .unprocessable,
                "The body has more than \(StrictJSON.maximumMembers) members in all; send it in several requests.")
        }
    }

    // MARK: Bytes

    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    // MARK: Schemas

    /// What a schema comes to once names and null are taken off.
    private func resolved(_ schema: Schema) -> (schema: Schema, takesNull: Bool) {
        var (schema, takesNull) = (schema, schema == .any)
        for _ in 0..<StrictJSON.maximumDepth {
            switch schema {
            case .nullable(let inner): (schema, takesNull) = (inner, true)
            case .named(let name): schema = schemas[name] ?? .any
            default: return (schema, takesNull || schema == .any)
            }
        }
        return (.any, true)
    }

    // MARK: Refusals

    /// The value under the scanner, at the start of a sentence.
    var subject: String { place.isRoot ? "The body" : "The field '\(place.text)'" }

    func refusal(_ sentence: String, _ kind: ProblemKind = .invalidRequest) -> Problem {
        Problem(kind, sentence, field: place.isRoot ? nil : place.text)
    }

    func broken(_ what: String) -> Problem {
        Problem(.invalidRequest, "The body is not valid JSON: \(what), at byte \(position).")
    }

    private func wrongType(_ schema: Schema) -> Problem { refusal("\(subject) must be \(schema.nameOfType).") }

    func wrongNumber(_ schema: Schema) -> Problem { wrongType(schema) }

    private func unknown(_ name: String, _ names: MemberNames) -> Problem {
        let known = names.declared.sorted().joined(separator: ", ")
        return refusal("\(subject) is unknown here; \(known.isEmpty ? "there are none" : "there are: \(known)").")
    }
}

extension Schema {
    fileprivate var takesStrings: Bool {
        switch self {
        case .any, .string, .file: true
        default: false
        }
    }

    /// For people.
    fileprivate var nameOfType: String {
        switch self {
        case .string, .file: "a string"
        case .integer: "an integer"
        case .number: "a number"
        case .boolean: "true or false"
        case .array: "an array"
        case .object, .map: "an object"
        case .any, .named, .nullable: "a value"
        }
    }
}
