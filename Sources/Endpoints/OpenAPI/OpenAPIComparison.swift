package import Model

/// Finds what a new OpenAPI document breaks for callers that were written by an old one.
///
/// What may change freely: new operations, new optional members of requests, new members of answers, wider bounds of what is
/// taken in.
package struct OpenAPIComparison {
    private let old: JSONTree
    private let new: JSONTree
    private var findings: [String] = []
    /// Pairs of named schemas that were compared already, or are being compared.
    private var compared: Set<String> = []

    /// What `new` breaks, one line each, in a stable order.
    package static func breakingChanges(from old: JSONTree, to new: JSONTree) -> [String] {
        var comparison = OpenAPIComparison(old: old, new: new)
        comparison.comparePaths()
        return comparison.findings
    }

    private init(old: JSONTree, new: JSONTree) {
        self.old = old
        self.new = new
    }

    // MARK: Operations

    private mutating func comparePaths() {
        for (path, operations) in (old["paths"]?.members ?? [:]).sorted(by: { $0.key < $1.key }) {
            for (method, operation) in operations.members.sorted(by: { $0.key < $1.key }) {
                let place = "\(method.uppercased()) \(path)"
                guard let other = new["paths"]?[path]?[method] else {
                    findings.append("\(place): removed")
                    continue
                }
                compare(operation, other, place)
            }
        }
    }

    private mutating func compare(_ old: JSONTree, _ new: JSONTree, _ place: String) {
        for name in ["operationId", "x-permission"] where old[name] != new[name] {
            findings.append("\(place): \(name) changed")
        }
        compareParameters(old, new, place)
        compareBodies(old["requestBody"], new["requestBody"], place)
        let (before, after) = (old["responses"]?.members ?? [:], new["responses"]?.members ?? [:])
        for (status, response) in before.sorted(by: { $0.key < $1.key }) where status.hasPrefix("2") {
            guard let other = after[status] else {
                findings.append("\(place): answer \(status) removed")
                continue
            }
            for (type, content) in (response["content"]?.members ?? [:]).sorted(by: { $0.key < $1.key }) {
                guard let now = other["content"]?[type] else {
                    findings.append("\(place): answer \(status) no longer comes as \(type)")
                    continue
                }
                compare(content["schema"], now["schema"], .answer, "\(place): answer \(status)")
            }
        }
    }

    private mutating func compareParameters(_ old: JSONTree, _ new: JSONTree, _ place: String) {
        func named(_ operation: JSONTree) -> [String: JSONTree] {
            let parameters = operation["parameters"]?.elements ?? []
            return Dictionary(parameters.map { ("\($0["in"]?.text ?? "") \($0["name"]?.text ?? "")", $0) }) { $1 }
        }
        let (before, after) = (named(old), named(new))
        for (name, parameter) in before.sorted(by: { $0.key < $1.key }) {
            guard let now = after[name] else {
                findings.append("\(place): parameter '\(name)' removed")
                continue
            }
            if parameter["required"] != true, now["required"] == true {
                findings.append("\(place): parameter '\(name)' became required")
            }
            compare(parameter["schema"], now["schema"], .request, "\(place): parameter '\(name)'")
        }
        for (name, parameter) in after.sorted(by: { $0.key < $1.key })
        where before[name] == nil && parameter["required"] == true {
            findings.append("\(place): new required parameter '\(name)'")
        }
    }

    private mutating func compareBodies(_ old: JSONTree?, _ new: JSONTree?, _ place: String) {
        if old?["required"] != true, new?["required"] == true { findings.append("\(place): a body became required") }
        for (type, content) in (old?["content"]?.members ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard let now = new?["content"]?[type] else {
                findings.append("\(place): \(type) is no longer taken")
                continue
            }
            compare(content["schema"], now["schema"], .request, "\(place): body")
        }
    }

    // MARK: Schemas

    private enum Direction { case request, answer }

    private mutating func compare(_ old: JSONTree?, _ new: JSONTree?, _ direction: Direction, _ place: String) {
        guard let old, let new else { return }
        if let name = old["$ref"]?.text, let other = new["$ref"]?.text,
            !compared.insert("\(direction) \(name) \(other)").inserted
        {
            return
        }
        let (before, after) = (Form(old, in: self.old), Form(new, in: self.new))
        // What is taken in may only become wider, and what is given out only narrower.
        let (narrow, wide) = direction == .request ? (after, before) : (before, after)
        if before.type != after.type, direction == .request ? after.type != nil : before.type != nil {
            findings.append("\(place): the type changed from \(before.type ?? "any") to \(after.type ?? "any")")
            return
        }
        if direction == .request ? before.isNullable && !after.isNullable : after.isNullable && !before.isNullable {
            findings.append("\(place): null is \(direction == .request ? "no longer taken" : "new here")")
        }
        if direction == .request { compareBounds(narrow.schema, wide.schema, place) }
        compareMembers(before.schema, after.schema, direction, place)
        compare(before.schema["items"], after.schema["items"], direction, "\(place)[]")
        if let values = before.schema["additionalProperties"], values != false, values != true,
            let now = after.schema["additionalProperties"]
        {
            compare(values, now, direction, "\(place).*")
        }
    }

    private mutating func compareBounds(_ new: JSONTree, _ old: JSONTree, _ place: String) {
        for (name, isUpper) in [
            ("minimum", false), ("maximum", true), ("minLength", false), ("maxLength", true), ("minItems", false),
            ("maxItems", true), ("maxProperties", true),
        ] {
            guard let now = new[name]?.double else { continue }
            let before = old[name]?.double
            if before.map({ isUpper ? now < $0 : now > $0 }) ?? true {
                findings.append("\(place): \(name) is narrower now")
            }
        }
        if let pattern = new["pattern"], pattern != old["pattern"] { findings.append("\(place): pattern changed") }
        if let values = new["enum"]?.elements {
            let before = old["enum"]?.elements
            if before.map({ !Set(values).isSuperset(of: $0) }) ?? true {
                findings.append("\(place): fewer values are taken")
            }
        }
    }

    private mutating func compareMembers(
        _ old: JSONTree, _ new: JSONTree, _ direction: Direction, _ place: String
    ) {
        let (before, after) = (old["properties"]?.members ?? [:], new["properties"]?.members ?? [:])
        let required = (Set(old["required"]?.elements ?? []), Set(new["required"]?.elements ?? []))
        for (name, member) in before.sorted(by: { $0.key < $1.key }) {
            guard let now = after[name] else {
                findings.append("\(place).\(name): removed")
                continue
            }
            compare(member, now, direction, "\(place).\(name)")
        }
        let newlyRequired =
            direction == .request ? required.1.subtracting(required.0) : required.0.subtracting(required.1)
        for name in newlyRequired.compactMap(\.text).sorted() where direction == .request || after[name] != nil {
            findings.append("\(place).\(name): \(direction == .request ? "required now" : "may be left out now")")
        }
    }

    /// A schema without the reference and the null around it.
    private struct Form {
        let schema: JSONTree
        let isNullable: Bool

        init(_ schema: JSONTree, in document: JSONTree) {
            var (schema, isNullable) = (schema, false)
            for _ in 0..<8 {
                if let name = schema["$ref"]?.text?.split(separator: "/").last,
                    let target = document["components"]?["schemas"]?[String(name)]
                {
                    schema = target
                } else if let choices = schema["anyOf"]?.elements, choices.contains(["type": "null"]),
                    let other = choices.first(where: { $0 != ["type": "null"] })
                {
                    (schema, isNullable) = (other, true)
                }
            }
            (self.schema, self.isNullable) = (schema, isNullable)
        }

        var type: String? { schema["type"]?.text }
    }
}

extension JSONTree {
    fileprivate var members: [String: JSONTree] { if case .object(let members) = self { members } else { [:] } }

    fileprivate var elements: [JSONTree]? { if case .array(let elements) = self { elements } else { nil } }

    fileprivate var text: String? { if case .string(let text) = self { text } else { nil } }

    fileprivate var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}
