import Storage

/// Walks the folder of a ``FolderObjectStore`` in the order of keys. Blocks; call it on a ``FileQueue``.
struct FolderListing {
    private let folder: ObjectFolder
    private let prefix: String
    private let after: String?
    private let limit: Int
    private var found: [ObjectInfo] = []

    /// Keys that start with `prefix`, after the key `after`, at most `limit`.
    static func list(in folder: ObjectFolder, prefix: String, after: String?, limit: Int) throws -> [ObjectInfo] {
        var listing = FolderListing(folder: folder, prefix: prefix, after: after, limit: limit)
        try listing.visit(try folder.openRoot(), keyPrefix: "")
        return listing.found
    }

    private init(folder: ObjectFolder, prefix: String, after: String?, limit: Int) {
        self.folder = folder
        self.prefix = prefix
        self.after = after
        self.limit = limit
    }

    private mutating func visit(_ descriptor: borrowing Descriptor, keyPrefix: String) throws {
        // A folder counts as its name and '/', so that `a-b` comes before `a/b`, as it does in the order of keys.
        let entries = try folder.names(in: descriptor).compactMap { name -> (key: String, folder: String?)? in
            if name.last == ObjectKey.folderMark { return (keyPrefix + name.dropLast() + "/", name) }
            return (try? ObjectKey(name)).map { (keyPrefix + $0.text, nil) }
        }
        for entry in entries.sorted(by: { $0.key < $1.key }) {
            guard found.count < limit else { return }
            if let name = entry.folder {
                guard mayHold(entry.key), let child = try folder.openFolder(name, in: descriptor) else { continue }
                try visit(child, keyPrefix: entry.key)
            } else if entry.key.hasPrefix(prefix), after.map({ entry.key > $0 }) ?? true {
                // A file that went away meanwhile is left out; one that is not ours is no object.
                guard let key = try? ObjectKey(entry.key), let file = try folder.open(key),
                    let trailer = ObjectTrailer(reading: file)
                else { continue }
                found.append(trailer.info(key: entry.key))
            }
        }
    }

    /// Whether some key that starts with `start`, a folder's, can be in the answer.
    private func mayHold(_ start: String) -> Bool {
        guard start.hasPrefix(prefix) || prefix.hasPrefix(start) else { return false }
        return after.map { start > $0 || $0.hasPrefix(start) } ?? true
    }
}
