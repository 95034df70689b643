import Crypto
import Foundation
import Model

/// The hash that links an entry to the one before.
///
/// It is the SHA-256 of these bytes, so that anybody can check an export with a few lines of any language:
///
/// - the text `suisha.audit.1` and a zero byte;
/// - the fields `previous_hash`, `workspace` (`ws_…`), `seq` and `at` (microseconds since 1970 UTC, both in decimal),
///   `actor`, `action`, `target`, `outcome`, `detail` (the text as it is stored), `request`, `address`, each as its length
///   in bytes (four bytes, the highest first) and its UTF-8; a field without a value is the length `0xFFFFFFFF` alone.
///
/// Lengths stand before the fields, so no two entries have the same bytes.
package enum AuditChain {
    /// What the first entry follows.
    package static let origin: String = String(repeating: "0", count: 64)

    static func hash(
        workspace: WorkspaceID, sequence: Int64, at: Timestamp, previousHash: String, texts: [String?]
    ) -> String {
        var hash = SHA256()
        hash.update(data: Data("suisha.audit.1\u{0}".utf8))
        let fields = [previousHash, workspace.description, String(sequence), String(at.microseconds)] + texts
        for field in fields {
            let length = field.map { UInt32($0.utf8.count) } ?? .max
            withUnsafeBytes(of: length.bigEndian) { hash.update(bufferPointer: $0) }
            if let field { hash.update(data: Data(field.utf8)) }
        }
        return hash.finalize().hexadecimal
    }
}

extension Sequence<UInt8> {
    /// Two lower-case digits for each byte.
    var hexadecimal: String {
        var text = ""
        for byte in self {
            let digits = String(byte, radix: 16)
            text += byte < 16 ? "0" + digits : digits
        }
        return text
    }
}
