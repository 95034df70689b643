/// A bound on how many jobs may run at the same time under one name, such as a repository or a provider.
public struct Cap: Hashable, Sendable {
    /// What is bounded.
    public let key: CapKey
    /// How many jobs may hold it at once. Counts only when the key is new: a bound that was set on the server stays.
    public let slots: Int

    /// A bound; at least one slot.
    public init(_ key: CapKey, slots: Int) {
        self.key = key
        self.slots = max(slots, 1)
    }
}

/// The name of a bound: `provider:openai`, or within a workspace `ws_…/repository:website`.
public struct CapKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The whole name, as the store has it.
    public let text: String

    /// A bound that all workspaces share; nil for a name that is not 1 to 120 visible ASCII characters.
    public init?(server name: String) {
        guard (1...120).contains(name.utf8.count), name.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        text = name
    }

    /// A bound of one workspace; nil for a name that is not 1 to 120 visible ASCII characters.
    public init?(_ name: String, in workspace: WorkspaceID) {
        guard let name = CapKey(server: name) else { return nil }
        text = "\(workspace)/\(name.text)"
    }

    /// A form for people.
    public var description: String { text }

    /// Compares by name: the order in which caps are locked.
    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}
