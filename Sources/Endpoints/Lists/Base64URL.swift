package import Foundation

/// Base64 with the letters of URLs and without padding (RFC 4648, section 5).
package enum Base64URL {
    package static func encoded(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// Nil for anything that ``encoded(_:)`` would write differently.
    package static func decoded(_ text: String) -> Data? {
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        guard
            let data = Data(
                base64Encoded: text.replacing("-", with: "+").replacing("_", with: "/") + padding),
            encoded(data) == text
        else { return nil }
        return data
    }
}
