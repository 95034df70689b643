import Storage

/// A key that passed the rules of ``ObjectStore``: safe as a relative path and in a URL.
struct ObjectKey: Hashable, Sendable {
    let text: String
    /// The parts between the slashes; never empty.
    let parts: [Substring]

    /// The longest key, in bytes.
    static let maximumLength: Int = 512
    /// The longest part between two slashes, in bytes: file systems allow 255, and folders carry a mark.
    static let maximumPartLength: Int = 200

    /// Reads a key.
    ///
    /// - Throws: `invalid`, with the rule that the key breaks.
    init(_ text: String) throws(StorageError) {
        guard (1...Self.maximumLength).contains(text.utf8.count) else {
            throw StorageError(
                .invalid, "An object's key has 1 to \(Self.maximumLength) bytes; this one has \(text.utf8.count).")
        }
        guard text.utf8.allSatisfy(Self.isAllowed) else {
            throw StorageError(
                .invalid,
                "The object key \(text.debugDescription) has a character other than letters, digits, '-', '_', '.' and '/'."
            )
        }
        parts = text.split(separator: "/", omittingEmptySubsequences: false)
        for part in parts {
            guard !part.isEmpty, part != ".", part != "..", part.utf8.count <= Self.maximumPartLength else {
                throw StorageError(
                    .invalid,
                    "The object key '\(text)' has a part between slashes that is empty, '.', '..' or longer than "
                        + "\(Self.maximumPartLength) bytes.")
            }
        }
        self.text = text
    }

    /// Checks the start of keys that a listing is asked for; it may end anywhere in a key.
    static func checkPrefix(_ prefix: String) throws(StorageError) {
        guard prefix.utf8.count <= maximumLength, prefix.utf8.allSatisfy(isAllowed) else {
            throw StorageError(.invalid, "No object's key starts with \(prefix.debugDescription).")
        }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: "/"):
            true
        default: false
        }
    }
}
