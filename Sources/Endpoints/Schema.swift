import Foundation

/// A JSON Schema (2020-12) value, built in code and written into the OpenAPI document.
package indirect enum Schema: Hashable, Sendable {
    case string(format: String? = nil, values: [String]? = nil, maximumLength: Int? = nil)
    case integer(minimum: Int64? = nil, maximum: Int64? = nil)
    case number(minimum: Double? = nil, maximum: Double? = nil)
    case boolean
    case array(of: Schema, maximumItems: Int? = nil)
    case object([Property])
    /// Any JSON value.
    case any
    /// A schema declared under that name in the document's components.
    case named(String)
    case nullable(Schema)
    /// One part of a multipart form that is a file.
    case file

    /// One member of an object.
    package struct Property: Hashable, Sendable {
        package let name: String
        package let schema: Schema
        package let required: Bool
        package let description: String

        package init(_ name: String, _ schema: Schema, required: Bool = false, _ description: String) {
            self.name = name
            self.schema = schema
            self.required = required
            self.description = description
        }
    }
}
