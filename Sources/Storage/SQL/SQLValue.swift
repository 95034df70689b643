package import Model

/// A parameter or a column of one row.
package enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case double(Double)
    case text(String)
    case blob([UInt8])

    package init(_ value: Int64?) { self = value.map { .integer($0) } ?? .null }
    package init(_ value: Int) { self = .integer(Int64(value)) }
    package init(_ value: Bool) { self = .integer(value ? 1 : 0) }
    package init(_ value: Double?) { self = value.map { .double($0) } ?? .null }
    package init(_ value: String?) { self = value.map { .text($0) } ?? .null }
    package init(_ value: Timestamp?) { self.init(value?.microseconds) }
    package init(_ value: JSONText?) { self.init(value?.text) }
    package init<Kind>(_ value: Identifier<Kind>?) { self.init(value?.sql) }
}
