package import Foundation

/// Looks at a JSON document before anything is read from it, byte by byte and once, and refuses what a lenient reader would
/// let through: members that nobody declared or that are there twice, numbers that do not fit, broken text, and documents
/// that are cheap to send and dear to read.
///
/// Foundation's decoder takes the last of two equal members, ignores unknown ones and reads `1.0` as an integer.
package struct StrictJSON: Sendable {
    /// How deep arrays and objects may lie in each other.
    package static let maximumDepth: Int = 32
    /// How many members all objects of a document may have together.
    package static let maximumMembers: Int = 50_000

    private let schemas: [String: Schema]

    /// - Parameter schemas: those that others refer to by name.
    package init(schemas: [String: Schema] = [:]) {
        self.schemas = schemas
    }

    /// Checks the form of a document: its grammar, its bounds, and that every value has the type that the schema names.
    /// Missing members and values out of range are left to whoever reads it.
    ///
    /// - Throws: `Problem` that names the place: `invalidRequest` for what is not of the declared form, `unprocessable`
    ///   for what is beyond a bound of the server.
    package func check(_ data: Data, against schema: Schema = .any) throws {
        guard String(validating: data, as: UTF8.self) != nil else {
            throw Problem(.invalidRequest, "The body is not valid UTF-8.")
        }
        var scanner = JSONScanner(bytes: [UInt8](data), schemas: schemas)
        try scanner.scanDocument(schema)
    }
}
