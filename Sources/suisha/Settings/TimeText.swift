/// Lengths of time as people write them: `250ms`, `15s`, `1h30m`.
enum TimeText {
    /// Reads one or more numbers with units, the larger first or not; nil for anything else.
    static func duration(_ text: String) -> Duration? {
        let text = text.filter { $0 != " " }.lowercased()
        guard text.wholeMatch(of: /([0-9]{1,9}(ms|s|m|h|d))+/) != nil else { return nil }
        return text.matches(of: /([0-9]+)(ms|s|m|h|d)/).reduce(Duration.zero) { sum, match in
            let number = Int64(match.1) ?? 0
            return switch match.2 {
            case "ms": sum + .milliseconds(number)
            case "s": sum + .seconds(number)
            case "m": sum + .seconds(number * 60)
            case "h": sum + .seconds(number * 3_600)
            default: sum + .seconds(number * 86_400)
            }
        }
    }

    /// Writes a length of time so that ``duration(_:)`` reads it again.
    static func text(_ duration: Duration) -> String {
        var rest = Int64(duration / .milliseconds(1))
        let units: [(String, Int64)] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)]
        let parts = units.compactMap { unit, length -> String? in
            defer { rest %= length }
            return rest >= length ? "\(rest / length)\(unit)" : nil
        }
        return parts.isEmpty ? "0s" : parts.joined()
    }
}
