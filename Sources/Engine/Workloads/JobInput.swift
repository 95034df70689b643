package import Endpoints
package import Model

/// What a caller hands in for one job.
package enum JobInput: Sendable {
    /// A JSON object from outside; the kind validates it.
    case document(JSONText)
    /// A file that was uploaded with the request, and the other fields of the form.
    case upload(EndpointRequest.UploadedFile, options: [String: String])
    /// An input that this program made from another job of the same workspace.
    case prepared(JSONText)

    /// The input as the job stores it, and the text that says whether two inputs are the same: where an upload happens to lie
    /// makes no difference.
    func canonical(for kind: JobKind) throws -> (input: JSONText, identity: JSONText) {
        switch self {
        case .document(let text):
            let canonical = try kind.validate(text)
            return (canonical, canonical)
        case .prepared(let text):
            return (text, text)
        case .upload(let file, let options):
            guard let make = kind.inputFromUpload else {
                throw Problem(
                    .unsupportedMedia, "Jobs of the kind '\(kind.name)' take JSON, not files.", field: file.part)
            }
            let identity = EndpointRequest.UploadedFile(
                part: file.part, fileName: file.fileName, contentType: file.contentType, object: "", size: file.size,
                sha256: file.sha256)
            return (try make(file, options), try make(identity, options))
        }
    }
}
