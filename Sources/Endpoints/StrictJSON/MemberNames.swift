/// The members that an object has had so far, against those that it may have.
struct MemberNames {
    /// What a name turns out to be.
    enum Finding {
        /// A member of that schema, seen for the first time.
        case first(Schema)
        case again
        case unknown
    }

    /// The names that may stand here; empty where any may.
    var declared: [String] { properties.map(\.name) }

    private let properties: [Schema.Property]
    /// The schema of every member where the names are not declared.
    private let every: Schema?
    private var seen: Set<String> = []

    init(_ properties: [Schema.Property]) {
        self.properties = properties
        every = nil
    }

    init(every schema: Schema) {
        properties = []
        every = schema
    }

    mutating func schema(of name: String) -> Finding {
        if let every { return seen.insert(name).inserted ? .first(every) : .again }
        guard let property = properties.first(where: { $0.name == name }) else { return .unknown }
        guard seen.insert(name).inserted else { return .again }
        // Null stands for a member that is left out.
        return .first(property.required ? property.schema : .nullable(property.schema))
    }
}
