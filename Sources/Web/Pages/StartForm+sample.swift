import Crypto
import Endpoints
import Foundation
import Model
import Storage

extension StartForm.Sample {
    /// Stores the recording as if somebody had uploaded it.
    func upload(to objects: any ObjectStore, in workspace: WorkspaceID) async throws -> EndpointRequest.UploadedFile {
        // A few hundred kilobytes that come with the program.
        let content = try Data(contentsOf: file)
        let key = WorkspaceKey.upload(in: workspace)
        _ = try await objects.put(key, file: file, contentType: contentType, onlyIfAbsent: true)
        return .init(
            part: "file", fileName: file.lastPathComponent, contentType: contentType, object: key,
            size: Int64(content.count), sha256: SHA256.hash(data: content).map { String(format: "%02x", $0) }.joined())
    }
}

/// The form of the first page as its template shows it.
struct StartView {
    struct Language {
        let code: String
        let name: String
    }

    let kind: String
    let accepts: String
    let hint: String
    let limit: String
    let limitBytes: Int64
    let languages: [Language]
    let hasSample: Bool

    init(_ form: StartForm, limit: ByteCount, _ texts: PageTexts) {
        kind = form.kind
        accepts = form.accepts
        self.limit = limit.description.replacing(".0 ", with: " ")
        limitBytes = limit.bytes
        hint = texts("drop_hint", ["limit": self.limit])
        languages = form.languages.map { Language(code: $0, name: texts.label("language", $0)) }
        hasSample = form.sample != nil
    }
}
