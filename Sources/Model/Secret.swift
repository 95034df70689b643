/// A value that must not appear in logs, errors or `config` output: it prints as `***`.
public struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The value itself, for the one place that uses it.
    public let revealed: String

    /// Wraps a secret.
    public init(_ value: String) {
        revealed = value
    }

    /// `***`, whatever the content is.
    public var description: String { "***" }
    /// Never shows the content.
    public var debugDescription: String { "***" }
    /// Never shows the content.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
