import Foundation
import Logging

/// The text of one log message.
enum LogText {
    /// One JSON object on one line: `time`, `level`, `message`, `logger`, and every piece of metadata under its own name.
    ///
    /// Metadata whose name is taken gets an underscore in front.
    static func json(_ event: LogEvent, _ metadata: Logger.Metadata, logger: String, at time: Date) -> String {
        var line =
            "{\"time\":\(quoted(stamp(time))),\"level\":\"\(event.level.rawValue)\","
            + "\"message\":\(quoted(event.message.description)),\"logger\":\(quoted(logger))"
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            line += ",\(quoted(taken.contains(key) ? "_" + key : key)):\(json(value))"
        }
        if let error = event.error, metadata["error"] == nil { line += ",\"error\":\(quoted("\(error)"))" }
        return line + "}\n"
    }

    /// A line for people: time, level, message, then metadata.
    static func plain(_ event: LogEvent, _ metadata: Logger.Metadata, at time: Date) -> String {
        let level = event.level.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
        var line = "\(stamp(time)) \(level) \(event.message)"
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { line += " \(key)=\(plain(value))" }
        if let error = event.error, metadata["error"] == nil { line += " error=\(plain(.string("\(error)")))" }
        // One message stays one line, whatever is in it.
        return line.replacing("\r", with: "\\r").replacing("\n", with: "\\n") + "\n"
    }

    private static let taken: Set<String> = ["time", "level", "message", "logger"]

    private static func json(_ value: Logger.MetadataValue) -> String {
        switch value {
        case .string(let text): quoted(text)
        case .stringConvertible(let value): quoted(value.description)
        case .array(let values): "[" + values.map(json).joined(separator: ",") + "]"
        case .dictionary(let values):
            "{"
                + values.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(json($0.value))" }.joined(separator: ",")
                + "}"
        }
    }

    private static func plain(_ value: Logger.MetadataValue) -> String {
        let text = "\(value)"
        return text.contains { $0 == " " || $0 == "\"" || $0.isNewline } || text.isEmpty ? quoted(text) : text
    }

    private static func stamp(_ time: Date) -> String {
        time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// A JSON string.
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case "\u{0}"..<"\u{20}", "\u{7F}", "\u{2028}", "\u{2029}":
                quoted += "\\u" + String(format: "%04x", scalar.value)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
