/// A file in the object store, named by its content: the same bytes are stored once per workspace.
package struct StoredFile: Hashable, Sendable, Codable {
    /// Its key in the object store.
    package let object: String
    package let sha256: String
    package let size: Int64
    package let contentType: String

    package init(object: String, sha256: String, size: Int64, contentType: String) {
        self.object = object
        self.sha256 = sha256
        self.size = size
        self.contentType = contentType
    }
}

/// What a step leaves behind: a small value that says which files belong to it.
package protocol StepResult: Codable, Sendable {
    /// The files that must be there for the result to be taken again.
    var files: [StoredFile] { get }
}
