import Model

/// Sizes as people write them: `500MB`, `2GiB`, `1048576`.
enum SizeText {
    /// Reads a number with or without a unit; nil for anything else.
    static func size(_ text: String) -> ByteCount? {
        let text = text.filter { $0 != " " && $0 != "_" }.lowercased()
        guard let match = text.wholeMatch(of: /([0-9]{1,15})([kmgt]i?)?b?/), let number = Int64(match.1) else {
            return nil
        }
        let unit: Int64 =
            switch match.2 {
            case "k": 1_000
            case "m": 1_000_000
            case "g": 1_000_000_000
            case "t": 1_000_000_000_000
            case "ki": 1 << 10
            case "mi": 1 << 20
            case "gi": 1 << 30
            case "ti": 1 << 40
            default: 1
            }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit)
        return overflow ? nil : ByteCount(bytes)
    }
}
