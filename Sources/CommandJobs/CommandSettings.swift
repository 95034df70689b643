import Foundation
import Model

/// One value of a setting as configuration files give it: a text, number or switch in its written form, or a list of
/// those.
package enum CommandSetting: Hashable, Sendable, Decodable {
    case text(String)
    case list([String])

    /// Reads a scalar or a list of scalars.
    package init(from decoder: any Decoder) throws {
        if var container = try? decoder.unkeyedContainer() {
            var list: [String] = []
            while !container.isAtEnd { list.append(try Self.scalar(container.superDecoder())) }
            self = .list(list)
        } else {
            self = .text(try Self.scalar(decoder))
        }
    }

    private static func scalar(_ decoder: any Decoder) throws -> String {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) { return text }
        if let flag = try? container.decode(Bool.self) { return "\(flag)" }
        if let number = try? container.decode(Int64.self) { return "\(number)" }
        return "\(try container.decode(Double.self))"
    }
}

/// Why a configured command cannot be used.
package struct CommandSettingsError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind, as far as it has a name, and its place in the list.
    package let kind: String
    /// The setting that is wrong; nil when the entry as a whole is.
    package let field: String?
    /// What is wrong and what to write instead.
    package let message: String

    package var description: String { message }

    init(kind: String, field: String? = nil, _ problem: String) {
        self.kind = kind
        self.field = field
        message = "exec, \(kind)\(field.map { ", \($0)" } ?? ""): \(problem)"
    }
}

/// The settings of one command, read one by one.
struct CommandSettings {
    /// The kind for messages.
    let kind: String
    let values: [String: CommandSetting]

    func error(_ field: String, _ problem: String) -> CommandSettingsError {
        CommandSettingsError(kind: kind, field: field, problem)
    }

    func text(_ field: String) throws -> String? {
        switch values[field] {
        case nil: return nil
        case .text(let text): return text
        case .list: throw error(field, "takes one value, not a list.")
        }
    }

    func list(_ field: String) throws -> [String]? {
        switch values[field] {
        case nil: return nil
        case .list(let list): return list
        case .text: throw error(field, "takes a list, such as [\"one\", \"two\"].")
        }
    }

    func number(_ field: String, _ range: ClosedRange<Int>) throws -> Int? {
        guard let text = try text(field) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw error(field, "'\(text)' is no whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    func flag(_ field: String) throws -> Bool? {
        guard let text = try text(field) else { return nil }
        switch text.lowercased() {
        case "true", "yes", "on": return true
        case "false", "no", "off": return false
        default: throw error(field, "'\(text)' is neither true nor false.")
        }
    }

    func duration(_ field: String, _ range: ClosedRange<Duration>) throws -> Duration? {
        guard let text = try text(field) else { return nil }
        let units: [Substring: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        let isTime = text.wholeMatch(of: /([0-9]{1,9}[smhd])+/) != nil
        let seconds = text.matches(of: /([0-9]+)([smhd])/).reduce(0) { $0 + (Int64($1.1) ?? 0) * (units[$1.2] ?? 0) }
        guard isTime, range.contains(.seconds(seconds)) else {
            let bounds = "\(range.lowerBound.components.seconds)s to \(range.upperBound.components.seconds)s"
            throw error(field, "'\(text)' is no time from \(bounds); write for example 90s or 1h30m.")
        }
        return .seconds(seconds)
    }

    func size(_ field: String, _ range: ClosedRange<ByteCount>) throws -> ByteCount? {
        guard let text = try text(field) else { return nil }
        let units: [String: Int64] = [
            "": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000, "ki": 1 << 10, "mi": 1 << 20, "gi": 1 << 30,
        ]
        let match = text.lowercased().wholeMatch(of: /([0-9]{1,9})\ ?([kmg]?i?)b?/)
        guard let match, let number = Int64(match.1), let unit = units[String(match.2)],
            range.contains(ByteCount(number * unit))
        else {
            throw error(
                field, "'\(text)' is no size from \(range.lowerBound) to \(range.upperBound); write for example 512MB.")
        }
        return ByteCount(number * unit)
    }
}
