/// A set of permissions in two machine words: a check is a shift and a mask.
///
/// JSON has it as an array of names. Bits that this program knows no name for, written by a newer one, are kept and never
/// match anything.
public struct PermissionSet: Hashable, Sendable {
    /// Bits 0 to 63.
    public private(set) var low: UInt64
    /// Bits 64 to 127.
    public private(set) var high: UInt64

    /// A set from its words, as the database holds them.
    public init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// A set of some permissions.
    public init(_ permissions: some Sequence<Permission>) {
        self.init(low: 0, high: 0)
        for permission in permissions { insert(permission) }
    }

    /// Whether it has none.
    public var isEmpty: Bool { low | high == 0 }

    /// Whether it has this one.
    public func contains(_ permission: Permission) -> Bool {
        let bit = permission.bit
        return (bit < 64 ? low >> UInt64(bit) : high >> UInt64(bit - 64)) & 1 == 1
    }

    /// Whether the other set has all of these.
    public func isSubset(of other: PermissionSet) -> Bool {
        low & ~other.low == 0 && high & ~other.high == 0
    }

    /// What is in one of the two.
    public func union(_ other: PermissionSet) -> PermissionSet {
        .init(low: low | other.low, high: high | other.high)
    }

    /// What is in both.
    public func intersection(_ other: PermissionSet) -> PermissionSet {
        .init(low: low & other.low, high: high & other.high)
    }

    /// What is here and not in the other.
    public func subtracting(_ other: PermissionSet) -> PermissionSet {
        .init(low: low & ~other.low, high: high & ~other.high)
    }

    /// Adds one.
    public mutating func insert(_ permission: Permission) {
        let bit = permission.bit
        if bit < 64 { low |= 1 << UInt64(bit) } else { high |= 1 << UInt64(bit - 64) }
    }

    /// Those that this program knows, in the order of their numbers.
    public var permissions: [Permission] {
        Permission.allCases.filter(contains).sorted { $0.bit < $1.bit }
    }

    /// Every permission there is, also those of the operator.
    public static let all: PermissionSet = .init(Permission.allCases)
    /// Those that a role or a key of a workspace can hold.
    public static let grantable: PermissionSet = all.subtracting([.account, .operate])
    /// Those of them that change nothing.
    public static let reading: PermissionSet = .init(
        Permission.allCases.filter { $0.rawValue.hasSuffix(":read") })
}

extension PermissionSet: ExpressibleByArrayLiteral {
    /// A set written as a list.
    public init(arrayLiteral elements: Permission...) {
        self.init(elements)
    }
}

extension PermissionSet: CustomStringConvertible {
    /// A form for people.
    public var description: String { permissions.map(\.rawValue).joined(separator: " ") }
}

extension PermissionSet: Codable {
    /// Reads an array of names; one that there is no permission of is an error.
    public init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        self.init(low: 0, high: 0)
        while !container.isAtEnd {
            let name = try container.decode(String.self)
            guard let permission = Permission(rawValue: name) else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "there is no permission '\(name.prefix(60))'")
            }
            insert(permission)
        }
    }

    /// Writes the names in the order of their numbers.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        for permission in permissions { try container.encode(permission.rawValue) }
    }
}
