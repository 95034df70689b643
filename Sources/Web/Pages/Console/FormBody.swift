import Endpoints
import Foundation
import Model

/// Turns the fields of a form into the JSON body of an operation, led by the operation's own schema.
///
/// A field has the name of its member. Members that are lists come as `name[0]`, `name[1]` …, of which a browser sends those
/// that are ticked. A box that is not ticked is false; an empty field is one that was left out.
struct FormBody {
    let fields: [String: String]

    /// - Throws: `Problem` that names the field.
    func json(for schema: Schema) throws -> JSONTree {
        guard case .object(let properties) = schema else { return .object([:]) }
        var members: [String: JSONTree] = [:]
        for property in properties {
            members[property.name] = try value(of: property.name, property.schema, isRequired: property.required)
        }
        return .object(members)
    }

    private func value(of name: String, _ schema: Schema, isRequired: Bool) throws -> JSONTree? {
        switch schema {
        case .nullable(let inner): return try value(of: name, inner, isRequired: false)
        case .array(let element, _, _): return try list(name, of: element)
        case .boolean: return .boolean(["on", "true"].contains(fields[name] ?? ""))
        default: break
        }
        // Windows and forms end lines in two signs.
        let text = fields[name]?.replacing("\r\n", with: "\n") ?? ""
        guard !text.isEmpty || (isRequired && fields[name] != nil) else { return nil }
        switch schema {
        case .integer:
            guard let number = Int64(text) else {
                throw Problem(.unprocessable, "The field '\(name)' must be a whole number.", field: name)
            }
            return .integer(number)
        case .number:
            guard let number = Double(text) else {
                throw Problem(.unprocessable, "The field '\(name)' must be a number.", field: name)
            }
            return .number(number)
        case .any, .map, .object:
            do {
                return try JSONDecoder().decode(JSONTree.self, from: Data(text.utf8))
            } catch {
                throw Problem(
                    .unprocessable, "The field '\(name)' is not valid JSON. Check its quotes, commas and brackets.",
                    field: name)
            }
        default: return .string(text)
        }
    }

    private func list(_ name: String, of element: Schema) throws -> JSONTree {
        let chosen = fields.keys.filter { $0.hasPrefix(name + "[") && $0.hasSuffix("]") }
            .compactMap { key in Int(key.dropFirst(name.count + 1).dropLast()).map { ($0, key) } }
            .sorted { $0.0 < $1.0 }
        return .array(try chosen.compactMap { try value(of: $0.1, element, isRequired: false) })
    }
}
