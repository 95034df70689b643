import Foundation
import Storage

/// The folder of a ``FolderObjectStore`` as system calls see it. Every call blocks; call it on a ``FileQueue``.
///
/// A key's last part is the file's name. Its other parts are folders, marked with a `+` that no key can hold, so that the
/// keys `a` and `a/b` do not collide. Folders are opened part by part without following symbolic links, so no key and no
/// planted link leads outside.
struct ObjectFolder: Sendable {
    let path: String

    /// Where bodies grow before they appear under their keys: on the same file system, with a name that is no key.
    static let partialFolder: String = "~partial"
    private static let folderFlags: CInt = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
    /// How often a folder may vanish under our hands, because its last object is deleted at that moment.
    private static let placingAttempts: Int = 16

    /// Creates the folder where it is missing and removes partial files older than `age`.
    func prepare(removingPartialsOlderThan age: Duration) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path + "/" + Self.partialFolder, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o750])
        } catch {
            let reason = errorNumber(of: error) ?? ENOTDIR
            throw StorageError.file(reason, "create it", in: path)
        }
        let partials = try openPartials()
        let oldest = Int(Date().timeIntervalSince1970) - Int(age.components.seconds)
        for name in try names(in: partials) {
            var status = stat()
            if fstatat(partials.number, name, &status, AT_SYMLINK_NOFOLLOW) == 0, status.st_mtim.tv_sec < oldest {
                unlinkat(partials.number, name, 0)
            }
        }
    }

    /// Opens the object's file for reading; nil when there is none.
    func open(_ key: ObjectKey) throws -> Descriptor? {
        guard let parent = try openParent(of: key, creating: false) else { return nil }
        let number = openat(parent.number, key.fileName, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard number >= 0 else {
            let reason = errno
            if reason == ENOENT { return nil }
            throw StorageError.file(reason, "open the object '\(key.text)'", in: path)
        }
        return Descriptor(adopting: number)
    }

    /// Creates a new file for a growing body.
    func createPartial(named name: String) throws -> Descriptor {
        let partials = try openPartials()
        let number = openat(partials.number, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o640)
        guard number >= 0 else { throw StorageError.file(errno, "create a file", in: path) }
        return Descriptor(adopting: number)
    }

    /// Removes what is left of a body that will not be stored.
    func removePartial(named name: String) {
        guard let partials = try? openPartials() else { return }
        unlinkat(partials.number, name, 0)
    }

    /// Makes a whole, synced partial file appear under `key`, and returns once that is on disk.
    ///
    /// - Throws: `conflict` when `onlyIfAbsent` and the key exists.
    func place(partial name: String, at key: ObjectKey, onlyIfAbsent: Bool) throws {
        let partials = try openPartials()
        for _ in 0..<Self.placingAttempts {
            guard let parent = try openParent(of: key, creating: true) else { continue }
            let outcome =
                onlyIfAbsent
                ? linkat(partials.number, name, parent.number, key.fileName, 0)
                : renameat(partials.number, name, parent.number, key.fileName)
            guard outcome == 0 else {
                switch errno {
                case ENOENT: continue
                case EEXIST: throw StorageError.objectExists(key)
                case let reason: throw StorageError.file(reason, "store the object '\(key.text)'", in: path)
                }
            }
            if onlyIfAbsent { unlinkat(partials.number, name, 0) }
            return try synchronize(parent)
        }
        throw StorageError(.busy, "The folder of the object '\(key.text)' in \(path) keeps being removed. Try again.")
    }

    /// Removes an object and the folders that it leaves empty.
    func remove(_ key: ObjectKey) throws {
        guard let parent = try openParent(of: key, creating: false) else { return }
        guard unlinkat(parent.number, key.fileName, 0) == 0 || errno == ENOENT else {
            throw StorageError.file(errno, "delete the object '\(key.text)'", in: path)
        }
        try synchronize(parent)
        // `rmdir` removes only empty folders, and whoever places a file in one that is gone makes it again.
        var folders = key.folderNames
        while !folders.isEmpty, rmdir(([path] + folders).joined(separator: "/")) == 0 { folders.removeLast() }
    }

    /// The names in an open folder, in no order.
    func names(in folder: borrowing Descriptor) throws -> [String] {
        let number = openat(folder.number, ".", Self.folderFlags)
        guard number >= 0 else { throw StorageError.file(errno, "list objects", in: path) }
        guard let listing = fdopendir(number) else {
            let reason = errno
            close(number)
            throw StorageError.file(reason, "list objects", in: path)
        }
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Opens the folder itself.
    func openRoot() throws -> Descriptor {
        let number = Foundation.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw StorageError.file(errno, "open it", in: path) }
        return Descriptor(adopting: number)
    }

    /// Opens a folder in a folder; nil when it is gone.
    func openFolder(_ name: String, in parent: borrowing Descriptor) throws -> Descriptor? {
        let number = openat(parent.number, name, Self.folderFlags)
        guard number >= 0 else {
            let reason = errno
            if reason == ENOENT { return nil }
            throw StorageError.file(reason, "open '\(name)'", in: path)
        }
        return Descriptor(adopting: number)
    }

    private func openPartials() throws -> Descriptor {
        let root = try openRoot()
        guard let partials = try openFolder(Self.partialFolder, in: root) else {
            throw StorageError(
                .unavailable, "The folder \(path)/\(Self.partialFolder) was removed. Restart to create it again.")
        }
        return partials
    }

    /// Opens the folder that the key's file lies in; nil when it is not there, or when it vanished while being made.
    private func openParent(of key: ObjectKey, creating: Bool) throws -> Descriptor? {
        var current = try openRoot()
        for name in key.folderNames {
            if let next = try openFolder(name, in: current) {
                current = next
                continue
            }
            guard creating else { return nil }
            if mkdirat(current.number, name, 0o750) == 0 {
                try synchronize(current)
            } else if errno == ENOENT {
                return nil
            } else if errno != EEXIST {
                throw StorageError.file(errno, "create the folder '\(name)'", in: path)
            }
            guard let next = try openFolder(name, in: current) else { return nil }
            current = next
        }
        return current
    }

    private func synchronize(_ folder: borrowing Descriptor) throws {
        guard fsync(folder.number) == 0 else { throw StorageError.file(errno, "synchronize a folder", in: path) }
    }

    private func errorNumber(of error: any Error) -> CInt? {
        let error = error as NSError
        let cause = error.domain == NSPOSIXErrorDomain ? error : error.userInfo[NSUnderlyingErrorKey] as? NSError
        return cause.map { CInt($0.code) }
    }
}

extension ObjectKey {
    /// The name of the object's file.
    var fileName: String { String(parts[parts.count - 1]) }
    /// The folders that lead to the file.
    var folderNames: [String] { parts.dropLast().map { $0 + String(ObjectKey.folderMark) } }
    /// Ends the names of folders; no key holds it.
    static let folderMark: Character = "+"
}

extension StorageError {
    /// The key is taken.
    static func objectExists(_ key: ObjectKey) -> StorageError {
        StorageError(.conflict, "An object with the key '\(key.text)' exists already.")
    }

    /// The key is free.
    static func objectMissing(_ key: ObjectKey) -> StorageError {
        StorageError(.notFound, "There is no object with the key '\(key.text)'.")
    }

    /// The body is longer than the caller allows.
    static func objectTooLarge(_ key: ObjectKey, limit: Int64) -> StorageError {
        StorageError(.tooLarge, "The object '\(key.text)' is larger than the \(limit) bytes allowed.")
    }

    /// No byte of the object lies in the range.
    static func rangeOutside(_ range: Range<Int64>, of key: ObjectKey, size: Int64?) -> StorageError {
        let length = size.map { ", which has \($0) bytes" } ?? ""
        return StorageError(
            .invalid,
            "The range from byte \(range.lowerBound) to \(range.upperBound) has no byte of the object '\(key.text)'\(length)."
        )
    }

    /// The caller gave up.
    static func putCanceled(_ key: ObjectKey) -> StorageError {
        StorageError(.canceled, "Storing the object '\(key.text)' was cancelled.")
    }
}
