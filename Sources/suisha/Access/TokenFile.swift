import Foundation
import Model

/// A file with a secret of this server, such as the token that its operator's programs send.
struct TokenFile: Sendable {
    let url: URL
    /// What it is, for people.
    let title: String

    init(url: URL, title: String = "token file") {
        self.url = url
        self.title = title
    }

    /// Every secret of the file, one on each line, the newest first; the first is made where there is no file.
    ///
    /// - Throws: ``SettingError`` when the file cannot be read or made, or others can read it.
    func readOrMakeAll() throws -> [Secret] {
        if let lines = try content()?.split(whereSeparator: \.isNewline), !lines.isEmpty {
            return try lines.map { try secret(String($0)) }
        }
        return [try readOrMake()]
    }

    /// The token, made at the first call: 256 random bits in a file that only its owner can read.
    ///
    /// - Throws: ``SettingError`` when the file cannot be read or made, or others can read it.
    func readOrMake() throws -> Secret {
        if let token = try read() { return token }
        let token = (0..<32).map { _ in String(format: "%02x", UInt8.random(in: 0...255)) }.joined()
        do {
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        } catch {
            throw SettingError("The folder of the \(title) \(url.path) cannot be made: \(error.reason).")
        }
        // Written beside and linked: of two processes that start together, one makes the token and both use it.
        let draft = url.appendingPathExtension("\(getpid())-\(UInt32.random(in: 0...(.max)))")
        let descriptor = open(draft.path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("made") }
        defer { unlink(draft.path) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try handle.write(contentsOf: Data((token + "\n").utf8))
        try handle.synchronize()
        if link(draft.path, url.path) == 0 { return Secret(token) }
        guard errno == EEXIST, let other = try read() else { throw failure("made") }
        return other
    }

    /// The token, or nil when there is no file yet.
    ///
    /// - Throws: ``SettingError`` when the file cannot be read, is empty, or others can read it.
    func read() throws -> Secret? { try content().map { try secret($0) } }

    private func content() throws -> String? {
        let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("read")
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw SettingError("The \(title) \(url.path) is no file.")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw SettingError(
                "Others can read the \(title) \(url.path). Forbid it with: chmod 600 \(url.path), or remove it for a new token."
            )
        }
        let data: Data? = try handle.read(upToCount: 4_096)
        return String(decoding: data ?? Data(), as: UTF8.self)
    }

    private func secret(_ text: String) throws -> Secret {
        let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard token.utf8.count >= 16, token.utf8.allSatisfy({ (33...126).contains($0) }) else {
            throw SettingError(
                "The \(title) \(url.path) holds no secret of at least 16 characters. Remove it for a new one.")
        }
        return Secret(token)
    }

    private func failure(_ what: String) -> SettingError {
        SettingError("The \(title) \(url.path) cannot be \(what): \(String(cString: strerror(errno))).")
    }
}
