import Foundation

/// A JSON Schema (2020-12) value, built in code and written into the OpenAPI document.
package indirect enum Schema: Hashable, Sendable {
    /// Lengths count Unicode code points; the pattern is a regular expression of ECMA-262.
    case string(
        format: String? = nil, values: [String]? = nil, minimumLength: Int? = nil, maximumLength: Int? = nil,
        pattern: String? = nil)
    case integer(minimum: Int64? = nil, maximum: Int64? = nil)
    case number(minimum: Double? = nil, maximum: Double? = nil)
    case boolean
    case array(of: Schema, minimumItems: Int? = nil, maximumItems: Int? = nil)
    case object([Property])
    /// An object whose members have names that nobody foresees, and values of one form.
    case map(of: Schema, maximumCount: Int? = nil)
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
