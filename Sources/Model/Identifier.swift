public import Foundation

/// The id of one kind of thing. Ids of different kinds do not mix: a `JobID` is not a `WorkspaceID`.
///
/// A UUID of version 7 (RFC 9562), so ids sort by the time they were made. Outside, it is written with the prefix of its
/// kind and 32 hexadecimal digits: `job_0193f0a1c2d37abc8def0123456789ab`. In the database it is a UUID.
public struct Identifier<Kind: IdentifierKind>: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The bare UUID, as the database stores it.
    public let uuid: UUID

    /// Wraps an id that the database returned.
    public init(uuid: UUID) {
        self.uuid = uuid
    }

    /// Makes a new id, greater than every one that this process has made.
    public init() {
        uuid = IdentifierSequence.next()
    }

    /// Reads the form written outside; nil when the prefix or the digits are not those of this kind.
    public init?(_ text: some StringProtocol) {
        let prefix = Kind.prefix + "_"
        guard text.hasPrefix(prefix) else { return nil }
        let digits = text.dropFirst(prefix.count)
        // Ids of ours are lower case: there is one way to write each.
        guard !digits.utf8.contains(where: { (65...70).contains($0) }),
            let uuid = UUIDText.uuid(digits, hyphenated: false)
        else { return nil }
        self.uuid = uuid
    }

    /// The hyphenated lower-case UUID: the text of the id in SQL parameters.
    public var sql: String { UUIDText.text(uuid, hyphenated: true) }

    /// Reads the hyphenated form; nil for anything else.
    public init?(sql text: some StringProtocol) {
        guard let uuid = UUIDText.uuid(text, hyphenated: true) else { return nil }
        self.uuid = uuid
    }

    /// A form for people.
    public var description: String {
        UUIDText.text(uuid, after: Kind.prefix + "_", hyphenated: false)
    }

    /// Compares by value, byte by byte: the order of the database.
    public static func < (left: Self, right: Self) -> Bool {
        withUnsafeBytes(of: left.uuid.uuid) { left in
            withUnsafeBytes(of: right.uuid.uuid) { right in left.lexicographicallyPrecedes(right) }
        }
    }
}

extension Identifier: Codable {
    /// Reads one plain value.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = Self(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "'\(text)' is no id of the form \(Kind.prefix)_ and 32 hexadecimal digits")
        }
        self = id
    }

    /// Writes one plain value.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Names one kind of id.
public protocol IdentifierKind: Sendable {
    /// The letters before the underscore.
    static var prefix: String { get }
}

/// Marks job ids.
public enum JobKindTag: IdentifierKind {
    /// What stands before the digits.
    public static let prefix: String = "job"
}
/// Marks workspace ids.
public enum WorkspaceTag: IdentifierKind {
    /// What stands before the digits.
    public static let prefix: String = "ws"
}
/// Marks batch ids.
public enum BatchTag: IdentifierKind {
    /// What stands before the digits.
    public static let prefix: String = "batch"
}
/// Marks ids of worker sessions.
public enum WorkerSessionTag: IdentifierKind {
    /// What stands before the digits.
    public static let prefix: String = "worker"
}
/// Marks request ids.
public enum RequestTag: IdentifierKind {
    /// What stands before the digits.
    public static let prefix: String = "req"
}

/// Names one job.
public typealias JobID = Identifier<JobKindTag>
/// Names one workspace, the tenant that a job belongs to.
public typealias WorkspaceID = Identifier<WorkspaceTag>
/// Names one batch of jobs.
public typealias BatchID = Identifier<BatchTag>
/// Names one run of one worker process: the owner of leases.
public typealias WorkerSessionID = Identifier<WorkerSessionTag>
/// Names one HTTP request, in answers and logs.
public typealias RequestID = Identifier<RequestTag>

extension WorkspaceID {
    /// The workspace that everything belongs to while a server has no accounts.
    public static let local: WorkspaceID = .init(
        uuid: UUID(uuid: (0, 0, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 1)))
}
