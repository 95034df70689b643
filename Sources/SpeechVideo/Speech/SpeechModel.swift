import Crypto
package import Foundation
import Model

/// A speech model on disk.
package struct SpeechModel: Hashable, Sendable {
    /// Its name in the installation, or its file name without the extension.
    package let name: String
    package let file: URL
    /// 64 hexadecimal digits.
    package let sha256: String

    /// Name and content, for example `base@4d550c39…`.
    package var identity: String { "\(name)@\(sha256)" }

    init(name: String, file: URL, sha256: String) {
        self.name = name
        self.file = file
        self.sha256 = sha256
    }

    /// A model outside the installation. Reads the whole file, about a second for each gigabyte.
    ///
    /// - Throws: `JobFailure` when there is none.
    init(file: URL) throws {
        var hash = SHA256()
        do {
            let handle = try FileHandle(forReadingFrom: file)
            defer { try? handle.close() }
            while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty { hash.update(data: piece) }
        } catch {
            throw JobFailure(
                code: "speech-not-installed",
                message: "The speech model \(file.path) cannot be read. Correct speech.model or put the file there.",
                retryable: false)
        }
        self.init(
            name: file.deletingPathExtension().lastPathComponent, file: file,
            sha256: hash.finalize().map { String(format: "%02x", $0) }.joined())
    }
}
