import Endpoints
import Foundation

extension Base64URL {
    static func text(_ bytes: some Sequence<UInt8>) -> String { encoded(Data(bytes)) }

    /// nil for padding, other characters, and a last character with bits that belong to no byte.
    static func bytes(_ text: some StringProtocol) -> [UInt8]? { decoded(String(text)).map(Array.init) }
}
