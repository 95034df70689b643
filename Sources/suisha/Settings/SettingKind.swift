import Foundation
import Model

/// Reads the text of a setting as a value.
struct SettingKind<Value: Sendable>: Sendable {
    /// What values are, for people: it completes "must be …".
    let name: String
    var isSecret = false
    /// Makes a text fit to be shown.
    var mask: @Sendable (String) -> String = { $0 }
    let parse: @Sendable (String) throws(SettingMisfit) -> Value
}

/// Why a text is no value of a setting: completes "… must be".
struct SettingMisfit: Error {
    let expected: String
}

extension SettingKind<String> {
    /// Any text; `name` says what it stands for.
    static func text(_ name: String) -> Self {
        Self(name: name) { text throws(SettingMisfit) in text }
    }
}

extension SettingKind<Int> {
    /// A whole number within bounds.
    static func integer(_ range: ClosedRange<Int>) -> Self {
        let name = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return Self(name: name) { text throws(SettingMisfit) in
            guard let number = Int(text), range.contains(number) else { throw SettingMisfit(expected: name) }
            return number
        }
    }
}

extension SettingKind<Duration> {
    /// A length of time within bounds, such as `1h30m`, `15s` or `250ms`.
    static func duration(_ range: ClosedRange<Duration>) -> Self {
        let name =
            "a time from \(TimeText.text(range.lowerBound)) to \(TimeText.text(range.upperBound)), such as 15s or 1h30m"
        return Self(name: name) { text throws(SettingMisfit) in
            guard let duration = TimeText.duration(text), range.contains(duration) else {
                throw SettingMisfit(expected: name)
            }
            return duration
        }
    }
}

extension SettingKind<ByteCount> {
    /// A size within bounds, such as `2GiB` or `500MB`.
    static func size(_ range: ClosedRange<ByteCount>) -> Self {
        let name = "a size from \(range.lowerBound) to \(range.upperBound), such as 500MB or 2GiB"
        return Self(name: name) { text throws(SettingMisfit) in
            guard let size = SizeText.size(text), range.contains(size) else { throw SettingMisfit(expected: name) }
            return size
        }
    }
}

extension SettingKind where Value: RawRepresentable<String> & CaseIterable {
    /// One of a few words.
    static func choice(_ type: Value.Type = Value.self) -> Self {
        let words = type.allCases.map(\.rawValue)
        let name = words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
        return Self(name: words.count > 1 ? name : words.joined()) { text throws(SettingMisfit) in
            guard let value = Value(rawValue: text.lowercased()) else { throw SettingMisfit(expected: name) }
            return value
        }
    }
}

extension SettingKind<URL> {
    /// A path; relative ones start at the working folder, `~/` at the home folder.
    static var path: Self {
        Self(name: "a path") { text throws(SettingMisfit) in
            guard !text.contains("\0") else { throw SettingMisfit(expected: "a path") }
            let path = text.hasPrefix("~/") ? NSHomeDirectory() + text.dropFirst() : text
            return URL(filePath: path).standardizedFileURL
        }
    }

    /// The address of an HTTP service.
    static var httpAddress: Self {
        let name = "an address that starts with http:// or https://"
        return Self(name: name, mask: URLText.masked) { text throws(SettingMisfit) in
            guard let url = URL(string: text), ["http", "https"].contains(url.scheme?.lowercased()),
                let host = url.host(), !host.isEmpty
            else { throw SettingMisfit(expected: name) }
            return url
        }
    }
}

extension SettingKind<URL> {
    /// Scheme, host and port of a server, as browsers name it.
    static var httpOrigin: Self {
        let name = "an address that starts with http:// or https://, without a path"
        return Self(name: name, mask: URLText.masked) { text throws(SettingMisfit) in
            guard let url = URL(string: text), ["http", "https"].contains(url.scheme?.lowercased()),
                let host = url.host(), !host.isEmpty, ["", "/"].contains(url.path()), url.query() == nil,
                url.fragment() == nil
            else { throw SettingMisfit(expected: name) }
            return url
        }
    }
}

extension SettingKind<Secret> {
    /// A password or key; never shown.
    static var secret: Self {
        Self(name: "a secret", isSecret: true, mask: { _ in "***" }) { text throws(SettingMisfit) in Secret(text) }
    }

    /// A URL of one of these schemes, whose user and password are not shown.
    static func url(schemes: [String]) -> Self {
        let name = "a URL that starts with " + schemes.map { "\($0):" }.joined(separator: " or ")
        return Self(name: name, mask: URLText.masked) { text throws(SettingMisfit) in
            guard schemes.contains(where: { text.lowercased().hasPrefix($0 + ":") }) else {
                throw SettingMisfit(expected: name)
            }
            return Secret(text)
        }
    }
}

extension SettingKind<[String]> {
    /// Texts with commas between them; in YAML also a list.
    static func list(of name: String) -> Self {
        Self(name: "\(name) with commas between them") { text throws(SettingMisfit) in
            text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        }
    }
}
