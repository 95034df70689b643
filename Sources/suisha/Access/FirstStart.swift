import Foundation
import Logging

/// Tells whoever runs the server how to make the first account: on the terminal, and in a file that only they can read,
/// because a log is read by others.
enum FirstStart {
    /// - Parameters:
    ///   - link: works once, for a day; nil once there is an account, which removes the file.
    ///   - folder: the data folder.
    static func tell(of link: URL?, in folder: URL) {
        let file = folder.appending(path: "owner-link")
        try? FileManager.default.removeItem(at: file)
        guard let link else { return }
        let logger = Logger(label: "suisha")
        // For its owner alone from the first moment on, and there as a whole or not at all.
        let draft = folder.appending(path: ".owner-link-\(UUID().uuidString)")
        let descriptor = open(draft.path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        if descriptor >= 0, (try? handle.write(contentsOf: Data((link.absoluteString + "\n").utf8))) != nil,
            rename(draft.path, file.path) == 0
        {
            logger.notice(
                "there is no account yet; open the link in this file to make the first one",
                metadata: ["file": "\(file.path)"])
        } else {
            logger.warning(
                "there is no account yet, and the link for the first one cannot be written; start on a terminal to see it",
                metadata: ["file": "\(file.path)"])
        }
    }
}

extension URL {
    /// This address with another one's path and query.
    func with(pathAndQueryOf other: URL) -> URL {
        guard var parts = URLComponents(url: self, resolvingAgainstBaseURL: false),
            let source = URLComponents(url: other, resolvingAgainstBaseURL: false)
        else { return other }
        parts.path = source.path
        parts.percentEncodedQuery = source.percentEncodedQuery
        return parts.url ?? other
    }
}
