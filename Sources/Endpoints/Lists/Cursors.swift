import Crypto
import Foundation
package import Model

/// Makes and reads the `next` of pages: a position in a list that callers can only hand back.
///
/// A cursor is signed for one operation, one workspace and one filter. Used anywhere else it is refused, so nobody pages
/// through another workspace, and no list is cut in two by a filter that changed on the way.
package struct Cursors: Sendable {
    private let key: SymmetricKey
    private static let signatureLength = 16

    package init(_ server: ServerKey) {
        key = server.key(for: "cursors")
    }

    /// The cursor of a position.
    package func cursor(_ position: String, in scope: CursorScope) -> String {
        Base64URL.encoded(signature(of: position, in: scope) + Data(position.utf8))
    }

    /// The position of a cursor; nil when it was not made here for the same list.
    package func position(_ cursor: String, in scope: CursorScope) -> String? {
        guard cursor.utf8.count <= 1_024, let data = Base64URL.decoded(cursor), data.count > Self.signatureLength,
            let position = String(validating: data.dropFirst(Self.signatureLength), as: UTF8.self),
            signature(of: position, in: scope).isSame(as: data.prefix(Self.signatureLength))
        else { return nil }
        return position
    }

    private func signature(of position: String, in scope: CursorScope) -> Data {
        var code = HMAC<SHA256>(key: key)
        for part in [scope.operation, scope.workspace.sql, scope.filter, position] {
            // With its length before it, no part runs into the next.
            withUnsafeBytes(of: UInt64(part.utf8.count).bigEndian) { code.update(data: $0) }
            code.update(data: Data(part.utf8))
        }
        return Data(code.finalize().prefix(Self.signatureLength))
    }
}

/// The list that a cursor belongs to.
package struct CursorScope: Hashable, Sendable {
    package let operation: String
    package let workspace: WorkspaceID
    /// Everything that chooses what the list holds.
    package let filter: String

    package init(operation: String, workspace: WorkspaceID, filter: String) {
        self.operation = operation
        self.workspace = workspace
        self.filter = filter
    }
}

extension Data {
    /// Compares without telling by its time where the difference is.
    fileprivate func isSame(as other: Data) -> Bool {
        count == other.count && zip(self, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
