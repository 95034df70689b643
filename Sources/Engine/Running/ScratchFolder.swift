import Foundation
import Model
import Synchronization

/// A folder for one lease. Many handlers need none, so it is made when it is first asked for.
final class ScratchFolder: Sendable {
    private let url: URL
    private let isMade = Mutex(false)

    init(_ url: URL) {
        self.url = url
    }

    /// The empty folder.
    ///
    /// - Throws: a retryable ``JobFailure`` when it cannot be made.
    func make() throws -> URL {
        try isMade.withLock { isMade in
            guard !isMade else { return url }
            do {
                try FileManager.default.createDirectory(
                    at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw JobFailure(
                    code: "no-scratch", message: "The worker cannot make a scratch folder: \(error)", retryable: true)
            }
            isMade = true
            return url
        }
    }

    /// Removes it with everything in it.
    func remove() {
        if isMade.withLock({ $0 }) { try? FileManager.default.removeItem(at: url) }
    }
}
