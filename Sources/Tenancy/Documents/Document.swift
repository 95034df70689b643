package import Endpoints
package import Model
import Storage

/// A JSON document of a workspace: settings of an application, a page, whatever its people keep there.
package struct Document: Hashable, Sendable, Codable {
    package let name: String
    /// Grows with each change, also across a removal.
    package let version: Int64
    package let content: JSONText
    package let updatedBy: String
    package let updatedAt: Timestamp

    private enum CodingKeys: String, CodingKey {
        case name, version, content
        case updatedBy = "updated_by"
        case updatedAt = "updated_at"
    }

    /// What HTTP calls the version.
    package var entityTag: EntityTag { EntityTag(version: version) }

    static let columns = "name, version, content, updated_by, updated_at"

    init(_ row: SQLRow) throws(StorageError) {
        name = try row.text("name")
        version = try row.integer("version")
        content = try row.json("content")
        updatedBy = try row.text("updated_by")
        updatedAt = try row.time("updated_at")
    }

    static func missing(_ name: String) -> Problem {
        Problem(.notFound, "There is no document named '\(name.prefix(100))'.")
    }
}

/// A document in a list, without its content.
package struct DocumentSummary: Hashable, Sendable, Encodable {
    package let name: String
    package let version: Int64
    /// How many bytes its content has.
    package let size: Int64
    package let updatedBy: String
    package let updatedAt: Timestamp

    private enum CodingKeys: String, CodingKey {
        case name, version, size
        case updatedBy = "updated_by"
        case updatedAt = "updated_at"
    }
}

/// What has to be true of a document for a change of it.
package enum DocumentCondition: Hashable, Sendable {
    /// It is not there yet: `If-None-Match: *`, and what holds when nothing is said.
    case absent
    /// It has one of these versions: `If-Match`.
    case versions(Set<Int64>)
    /// It is there, whatever its version: `If-Match: *`.
    case present
}
