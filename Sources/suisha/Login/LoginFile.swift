import Foundation
import Model

/// The file with a person's logins: `suisha/logins.json` in the folder for configuration, which only its owner can read.
struct LoginFile: Sendable {
    let url: URL

    /// How long a command waits for another one that is changing the file.
    private static let patience: Duration = .seconds(30)
    private static let largest = 1 << 20

    init(url: URL) {
        self.url = url
    }

    /// The person's own one: in `XDG_CONFIG_HOME` when it is an absolute path, else in `.config` in the home folder.
    init(environment: [String: String]) {
        let configured = environment["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? URL(filePath: $0) : nil }
        let home = environment["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? NSHomeDirectory()
        url = (configured ?? URL(filePath: home).appending(path: ".config")).appending(path: "suisha/logins.json")
    }

    /// The logins; none where there is no file.
    ///
    /// - Throws: ``SettingError`` when the file cannot be read or understood, or others can read it.
    func read() throws -> Logins {
        let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return Logins() }
            throw failure("read")
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw SettingError("The file with your logins, \(url.path), is no file.")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw SettingError(
                "Others can read your logins in \(url.path). Forbid it with: chmod 600 \(url.path), and sign in anew.")
        }
        do {
            let data = try handle.read(upToCount: Self.largest) ?? Data()
            return try JSONDecoder().decode(Logins.self, from: data)
        } catch {
            throw SettingError("The file with your logins, \(url.path), cannot be read. Remove it and sign in again.")
        }
    }

    /// Changes the logins while no other command does.
    ///
    /// What the body has changed is kept only when it returns.
    ///
    /// - Throws: ``SettingError`` when the file cannot be written, ``CommandFailure`` when another command does not end.
    func change<Value>(_ body: (inout Logins) async throws -> Value) async throws -> Value {
        do {
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw SettingError("The folder \(url.deletingLastPathComponent().path) cannot be made: \(error.reason).")
        }
        let lock = open(url.appendingPathExtension("lock").path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw failure("locked") }
        defer { close(lock) }
        let deadline = ContinuousClock.now + Self.patience
        while flock(lock, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else { throw failure("locked") }
            guard ContinuousClock.now < deadline else {
                throw CommandFailure(
                    "Another suisha command has been changing \(url.path) for long. Try again when it has ended.",
                    .tryLater)
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        var logins = try read()
        let value = try await body(&logins)
        try write(logins)
        return value
    }

    /// Written beside and moved, so that readers see the old file or the new one, whole.
    private func write(_ logins: Logins) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let draft = url.appendingPathExtension("\(getpid())-\(UInt32.random(in: 0...(.max)))")
        let descriptor = open(draft.path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("written") }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: try encoder.encode(logins) + Data("\n".utf8))
            try handle.synchronize()
        } catch {
            unlink(draft.path)
            throw SettingError("The file with your logins, \(url.path), cannot be written: \(error.reason).")
        }
        guard rename(draft.path, url.path) == 0 else {
            let failure = failure("written")
            unlink(draft.path)
            throw failure
        }
    }

    private func failure(_ what: String) -> SettingError {
        SettingError("The file with your logins, \(url.path), cannot be \(what): \(String(cString: strerror(errno))).")
    }
}
