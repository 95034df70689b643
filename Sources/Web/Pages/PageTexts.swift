import Foundation
import Model

/// The words of the pages in one language.
struct PageTexts: Sendable {
    let language: PageLanguage
    /// By the names that the templates use.
    let words: [String: String]
    /// What the scripts need, as JSON that is safe inside a page.
    let forScripts: String

    /// - Throws: when the file is no JSON object of strings.
    init(_ language: PageLanguage, json: [UInt8]) throws {
        self.language = language
        words = try JSONDecoder().decode([String: String].self, from: Data(json))
        let shared = words.filter { name, _ in
            ["js_", "state_", "stage_", "queue_", "kind_"].contains { name.hasPrefix($0) }
        }
        forScripts = try JSONText(encoding: shared).text.replacing("<", with: #"\u003c"#)
    }

    /// The words of that name with its blanks filled in.
    func callAsFunction(_ name: String, _ blanks: [String: String] = [:]) -> String {
        blanks.reduce(words[name] ?? name) { text, blank in text.replacing("{\(blank.key)}", with: blank.value) }
    }

    /// A name such as a state or a stage as people say it.
    func label(_ group: String, _ name: String) -> String { words["\(group)_\(name)"] ?? name }

    /// Several names of a group in one line.
    func list(_ group: String, _ names: [String]) -> String {
        names.map { label(group, $0) }.joined(separator: self("list_separator"))
    }

    /// Every name of a group with its label, for a list to choose from.
    func labels(_ group: String) -> [[String: String]] {
        words.filter { $0.key.hasPrefix("\(group)_") }.sorted { $0.key < $1.key }.map { name, label in
            ["value": String(name.dropFirst(group.count + 1)), "label": label]
        }
    }

    /// A length of time, rounded for people.
    func span(_ duration: Duration) -> String {
        let seconds = Int(duration.fractionalSeconds.rounded())
        switch seconds {
        case ..<60: return self("js_seconds", ["n": String(max(seconds, 1))])
        case ..<3_600: return self("js_minutes", ["n": String((seconds + 30) / 60)])
        default: return self("js_hours", ["n": String(format: "%.1f", Double(seconds) / 3_600)])
        }
    }
}
