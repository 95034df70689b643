package import Foundation
package import Logging

/// Hands a letter to the world.
package protocol MailTransport: Sendable {
    /// Returns once somebody else is responsible for the letter.
    ///
    /// - Throws: ``MailError`` when it was not taken; the letter is tried again later.
    func send(_ letter: Letter) async throws
}

/// Writes letters into the log, for a server that nobody has given a mail server yet. Their links are worth keeping secret,
/// and so is the log.
package struct LogMailTransport: MailTransport {
    private let logger: Logger

    package init(logger: Logger) {
        self.logger = logger
    }

    package func send(_ letter: Letter) async throws {
        logger.notice(
            "letter", metadata: ["to": "\(letter.recipient)", "subject": "\(letter.subject)", "body": "\(letter.body)"])
    }
}

/// Writes each letter into a file of a folder, readable for the server's user alone.
package struct FolderMailTransport: MailTransport {
    private let folder: URL

    /// - Parameter folder: is made when it is not there.
    package init(folder: URL) {
        self.folder = folder
    }

    package func send(_ letter: Letter) async throws {
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let name = "\(Int64(Date().timeIntervalSince1970 * 1_000))-\(UUID().uuidString.lowercased()).eml"
            let file = folder.appending(path: name)
            let partial = folder.appending(path: "." + name)
            let made = FileManager.default.createFile(
                atPath: partial.path, contents: Data(MailMessage(letter, from: nil).text.utf8),
                attributes: [.posixPermissions: 0o600])
            guard made else { throw MailError("The file \(partial.path) cannot be written.") }
            try FileManager.default.moveItem(at: partial, to: file)
        } catch let error as MailError {
            throw error
        } catch {
            throw MailError("The letter could not be written into \(folder.path): \(error.localizedDescription)")
        }
    }
}
