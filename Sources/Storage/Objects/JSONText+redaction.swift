import Foundation
package import Model

extension JSONText {
    /// The document without the members that say where the object store keeps a file: those are ours alone.
    package var withoutObjectKeys: JSONText {
        guard text.contains("\"object\""),
            let value = try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed),
            let data = try? JSONSerialization.data(
                withJSONObject: Self.redacted(value),
                options: [.sortedKeys, .fragmentsAllowed, .withoutEscapingSlashes])
        else { return self }
        return JSONText(trusted: String(decoding: data, as: UTF8.self))
    }

    private static func redacted(_ value: Any) -> Any {
        switch value {
        case let object as [String: Any]:
            object.filter { $0.key != "object" || !($0.value is String) }.mapValues(redacted)
        case let array as [Any]: array.map(redacted)
        default: value
        }
    }
}
