package import Foundation
package import Model

/// An object store that counts the files of workspaces, keeps them within their bounds, and removes what nothing needs.
///
/// What belongs to no workspace passes through.
package struct CountedObjectStore: ObjectStore {
    private let store: any ObjectStore
    private let register: ObjectRegister

    /// - Parameter ledger: the bounds; nil for none.
    package init(_ store: any ObjectStore, database: any SQLDatabase, ledger: (any StorageLedger)? = nil) {
        self.store = store
        register = ObjectRegister(database: database, ledger: ledger)
    }

    /// Stores a body that may grow up to what its workspace has left.
    ///
    /// - Throws: `limited` when there is no room; nothing is left then.
    package func put(
        _ key: String, _ body: ByteStream, contentType: String, limit: Int64, onlyIfAbsent: Bool
    ) async throws -> ObjectInfo {
        try await counted(key, size: nil) { left in
            do {
                return try await store.put(
                    key, body, contentType: contentType, limit: min(limit, left ?? limit), onlyIfAbsent: onlyIfAbsent)
            } catch let error as StorageError where error.code == .tooLarge {
                guard let left, left < limit, let workspace = WorkspaceKey.workspace(of: key) else { throw error }
                throw try await register.refusal(in: workspace) ?? error
            }
        }
    }

    package func put(
        _ key: String, file: URL, contentType: String, onlyIfAbsent: Bool
    ) async throws -> ObjectInfo {
        let size = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? NSNumber
        return try await counted(key, size: size?.int64Value) { _ in
            try await store.put(key, file: file, contentType: contentType, onlyIfAbsent: onlyIfAbsent)
        }
    }

    private func counted(
        _ key: String, size: Int64?, _ put: (_ left: Int64?) async throws -> ObjectInfo
    ) async throws -> ObjectInfo {
        guard let workspace = WorkspaceKey.workspace(of: key) else { return try await put(nil) }
        let left = try await register.open(key, size: size, in: workspace)
        let info: ObjectInfo
        do {
            info = try await put(left)
        } catch let error as StorageError where error.code == .conflict {
            // It is there, and stays whatever becomes of this call; so it counts.
            guard let known = try await store.info(key) else { throw ObjectRegister.isGoing(key) }
            try await register.keep(key, size: known.size, in: workspace)
            throw error
        } catch {
            // What stays noted after a failure here is removed after a day.
            try? await register.abandon(key)
            throw error
        }
        do {
            try await register.keep(key, size: info.size, in: workspace)
        } catch {
            // Unless another call, for which there was room, has kept it meanwhile.
            if error.code == .limited, try await register.remove(key, from: "arriving") { try await finishRemoval(key) }
            throw error
        }
        return info
    }

    package func get(_ key: String, range: Range<Int64>?) async throws -> ObjectContent {
        try await store.get(key, range: range)
    }

    /// What is known of an object. One that is named by its content stays from now on for as long as a job may need it.
    package func info(_ key: String) async throws -> ObjectInfo? {
        if WorkspaceKey.isShared(key), try await !register.touch(key) { return nil }
        return try await store.info(key)
    }

    package func delete(_ key: String) async throws {
        guard WorkspaceKey.workspace(of: key) != nil else { return try await store.delete(key) }
        try await register.remove(key)
        try await finishRemoval(key)
    }

    private func finishRemoval(_ key: String) async throws {
        try await store.delete(key)
        try await register.removed(key)
    }

    /// Removes the files that nothing needs, `limit` at a time; returns how many.
    package func removeUnused(limit: Int = 200) async throws -> Int {
        var count = 0
        var position: (touchedAt: Int64, object: String)?
        repeat {
            let page = try await register.oldFiles(after: position, limit: limit)
            let keys = try await register.decideRemoval(of: page.unused, limit: limit)
            // Each is confirmed: had another process taken it up in the meantime, it could be there anew.
            for key in keys where try await register.remove(key, from: "removing") { try await finishRemoval(key) }
            count += keys.count
            position = page.next
        } while position != nil && !Task.isCancelled
        return count
    }

    /// Removes every file of a workspace that goes for good.
    package func removeAll(of workspace: WorkspaceID) async throws {
        for prefix in WorkspaceKey.prefixes(of: workspace) {
            while case let page = try await store.list(prefix: prefix, after: nil, limit: 500), !page.isEmpty {
                for object in page { try await delete(object.key) }
            }
        }
    }

    package func list(prefix: String, after: String?, limit: Int) async throws -> [ObjectInfo] {
        try await store.list(prefix: prefix, after: after, limit: limit)
    }

    package func readURL(_ key: String, expiresIn: Duration) throws -> URL? {
        try store.readURL(key, expiresIn: expiresIn)
    }

    package func check() async throws { try await store.check() }
}
