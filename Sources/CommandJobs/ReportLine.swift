import Foundation
import Model
import Storage

/// What one line on the standard error of a command says.
enum ReportLine: Hashable {
    /// `::progress {"percent": 40, "stage": "resize", "operation": "page 4 of 10"}`
    case progress(ProgressReport)
    /// `::log warning the disk is slow`, or any other line, which counts as `info`.
    case log(LogLine.Level, String)
    /// `::retry-after 30`
    case retryAfter(Duration)
    /// A line that begins like one of these and cannot be read, with what is wrong.
    case unreadable(String)

    /// Longer messages are cut.
    static let longestMessage = 4_096
    /// The longest wait that a command may ask for.
    private static let longestRetryAfter = 86_400.0

    init(_ line: String) {
        let (word, rest) = Self.split(line)
        switch word {
        case "::progress":
            do {
                self = .progress(try ProgressReport(rest))
            } catch {
                self = .unreadable(Self.shown("\(error): \(line)"))
            }
        case "::log":
            let (level, message) = Self.split(rest)
            self =
                LogLine.Level(rawValue: String(level)).map { .log($0, Self.shown(message)) }
                ?? .unreadable(Self.shown("the level must be debug, info, warning or error: \(line)"))
        case "::retry-after":
            guard let seconds = Double(rest), (0...Self.longestRetryAfter).contains(seconds) else {
                self = .unreadable(Self.shown("the seconds must be a number from 0 to 86400: \(line)"))
                return
            }
            self = .retryAfter(.milliseconds(Int64(seconds * 1_000)))
        default:
            self = .log(.info, Self.shown(line))
        }
    }

    private static func split(_ text: some StringProtocol) -> (word: String, rest: String) {
        let parts = text.split(separator: " ", maxSplits: 1)
        return (parts.first.map { String($0) } ?? "", parts.count == 2 ? String(parts[1]) : "")
    }

    /// The text cut to what a log line holds, without characters that databases or terminals trip over.
    private static func shown(_ text: String) -> String {
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(longestMessage) {
            let isControl = scalar.properties.generalCategory == .control && scalar != "\t"
            shown.append(isControl ? "\u{FFFD}" : scalar)
        }
        return String(shown)
    }
}

/// How far a command says it is.
struct ProgressReport: Hashable, Decodable {
    /// 0 to 100.
    var percent: Double?
    var stage: String?
    var operation: String?

    private static let longestText = 200

    init(_ json: String) throws {
        do {
            self = try JSONText(trusted: json).decode(ProgressReport.self)
        } catch {
            throw Unreadable(description: "after ::progress stands no JSON object with percent, stage, operation")
        }
        if let percent, !(0...100).contains(percent) { throw Unreadable(description: "percent must lie from 0 to 100") }
        stage = stage.map { String($0.prefix(Self.longestText)) }
        operation = operation.map { String($0.prefix(Self.longestText)) }
    }

    private struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }
}
