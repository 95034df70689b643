/// A header value with parameters: `form-data; name="file"; filename="a b.mp3"`.
struct HeaderValue: Hashable, Sendable {
    let value: String
    /// Names in lower case; quotes removed.
    let parameters: [String: String]

    init(_ text: String) {
        var parts: [String] = [""]
        var quoted = false
        var escaped = false
        for character in text {
            if escaped {
                parts[parts.count - 1].append(character)
                escaped = false
            } else if character == "\\" && quoted {
                // Browsers send backslashes of file names as they are; only \" and \\ are escapes.
                parts[parts.count - 1].append(character)
                escaped = true
            } else if character == "\"" {
                quoted.toggle()
                parts[parts.count - 1].append(character)
            } else if character == ";" && !quoted {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        value = parts[0].trimmed
        var parameters: [String: String] = [:]
        for part in parts.dropFirst() {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2 else { continue }
            parameters[String(sides[0]).trimmed.lowercased()] = Self.unquoted(String(sides[1]).trimmed)
        }
        self.parameters = parameters
    }

    private static func unquoted(_ text: String) -> String {
        guard text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return text }
        var result = ""
        var escaped = false
        for character in text.dropFirst().dropLast() {
            if escaped {
                if character != "\"" && character != "\\" { result.append("\\") }
                result.append(character)
                escaped = false
            } else if character == "\\" {
                escaped = true
            } else {
                result.append(character)
            }
        }
        // The HTML standard's escapes.
        return result.replacing("%22", with: "\"").replacing("%0D", with: "\r").replacing("%0A", with: "\n")
    }
}

extension String {
    /// Without spaces and tabs at the ends.
    fileprivate var trimmed: String {
        var text = self[...]
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }
}
