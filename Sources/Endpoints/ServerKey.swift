package import Crypto
import Foundation
package import Model

/// A secret that all processes of one server share; keys for single purposes come from it.
package struct ServerKey: Sendable {
    private let root: SymmetricKey

    /// - Parameter secret: at least 128 random bits in some form, such as the server's token.
    package init(_ secret: Secret) {
        root = SymmetricKey(data: Data(secret.revealed.utf8))
    }

    /// The key for one purpose; nothing about the others follows from it.
    ///
    /// - Parameter purpose: a constant text.
    package func key(for purpose: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: root, salt: Data("suisha 1".utf8), info: Data(purpose.utf8), outputByteCount: 32)
    }
}
