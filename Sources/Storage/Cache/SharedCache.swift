/// A cache that several processes share, such as Redis. It may forget everything at any time.
///
/// A fill that began before an invalidation must not come back after it. So every entry has a stamp: a reader that finds no
/// value keeps the stamp, asks the database, and fills only if the stamp is still the same. Invalidating changes the stamp
/// for at least a minute, longer than any fill takes.
package protocol SharedCache: Sendable {
    /// What is there under `key`.
    func read(_ key: String) async throws(StorageError) -> SharedEntry

    /// Stores `value` for `lifetime` if the entry's stamp is still `stamp`; tells whether it was.
    func fill(
        _ key: String, with value: String, lasting lifetime: Duration, ifStill stamp: String
    ) async throws(StorageError) -> Bool

    /// Removes the values under `keys` and changes the stamps of these entries.
    func invalidate(_ keys: [String]) async throws(StorageError)
}

/// One entry of a shared cache.
package struct SharedEntry: Hashable, Sendable {
    /// What was filled in last, with the time that it has left; nil where there is nothing.
    package let value: Value?
    /// For ``SharedCache/fill(_:with:lasting:ifStill:)``.
    package let stamp: String

    /// A value and how long it may still be used.
    package struct Value: Hashable, Sendable {
        package let text: String
        package let remaining: Duration

        package init(text: String, remaining: Duration) {
            self.text = text
            self.remaining = remaining
        }
    }

    package init(value: Value?, stamp: String) {
        self.value = value
        self.stamp = stamp
    }
}
