import Foundation

/// URLs as they are shown.
enum URLText {
    /// The URL with `***` for its user's password, and for the value of each parameter that sounds like a secret.
    static func masked(_ url: String) -> String {
        var shown = url
        if let range = shown.range(of: "://") {
            let end = shown[range.upperBound...].firstIndex { "/?#".contains($0) } ?? shown.endIndex
            if let at = shown[range.upperBound..<end].lastIndex(of: "@") {
                let user = shown[range.upperBound..<at].prefix { $0 != ":" }
                shown.replaceSubrange(range.upperBound..<at, with: "\(user):***")
            }
        }
        return shown.replacing(/([?&](?:[^=&]*(?:password|secret|key|token)[^=&]*)=)[^&#]*/.ignoresCase()) {
            "\($0.1)***"
        }
    }
}
