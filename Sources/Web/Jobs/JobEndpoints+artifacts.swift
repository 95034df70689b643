import Endpoints
import Engine
import Foundation
import Model
import Storage

extension JobEndpoints {
    var artifacts: Endpoint {
        Endpoint(
            .get, "/api/v1/jobs/{id}/artifacts", id: "listArtifacts", summary: "Lists the files that a job made so far",
            access: .needs(.jobsRead), rateClass: .read,
            parameters: [.init(.path, "id", JobID.schema, "The job's id.")],
            answers: [.json(200, "All of them, by name.", .named("ArtifactPage"))], problems: [.notFound]
        ) { request in
            let job = try await request.job(in: reading)
            let artifacts = try await reading.artifacts(of: job.id, in: job.workspace)
            return try .json(200, Page(items: artifacts.map { ArtifactDocument($0, of: job.id) }, next: nil))
        }
    }

    var artifact: Endpoint {
        Endpoint(
            .get, "/api/v1/jobs/{id}/artifacts/{name}", id: "getArtifact", summary: "Reads a file that a job made",
            description: "Ranges and conditional requests work as for any file on the web.",
            access: .needs(.jobsRead), rateClass: .read,
            parameters: [
                .init(.path, "id", JobID.schema, "The job's id."),
                .init(
                    .path, "name", .string(pattern: WorkerText.fileNamePattern), "The file's name, such as `video.mp4`."
                ),
                .init(.query, "download", .string(values: ["1"]), "Asks browsers to save the file, not to show it."),
            ],
            answers: [
                .init(200, "The file; of the type that its job gave it.", [Self.file]),
                .init(206, "A range of it.", [Self.file]),
                .init(304, "The caller's copy is still good."),
            ], problems: [.notFound, .rangeNotSatisfiable]
        ) { request in
            let job = try await request.job(in: reading)
            try service.check(request.principal, mayUse: job.kind)
            let name = request.path["name"] ?? ""
            guard
                let artifact = try await reading.artifacts(of: job.id, in: job.workspace).first(where: {
                    $0.name == name
                })
            else { throw Problem(.notFound, "The job has no file named '\(name.prefix(200))'.") }
            var headers = ["Content-Security-Policy": SecurityHeaders.sandbox]
            headers["Content-Disposition"] = Self.disposition(
                request.query["download"] == "1" ? "attachment" : "inline", fileName: artifact.name)
            return try await ObjectAnswer(
                objects: objects, key: artifact.object, contentType: Self.served(artifact.contentType), headers: headers
            ).respond(to: request)
        }
    }

    /// A file may be JSON that its reader decodes, so nothing is said of what is in it.
    private static let file = Endpoint.Answer.Content("*/*", .any)

    /// Text is UTF-8; a page from a job is never a page of ours.
    private static func served(_ contentType: String) -> String {
        let isText = contentType.hasPrefix("text/") && !contentType.contains("charset")
        return isText ? "\(contentType); charset=utf-8" : contentType
    }

    /// The `Content-Disposition` header, with the name in a form that every browser reads (RFC 6266).
    static func disposition(_ type: String, fileName: String) -> String {
        let plain = String(
            fileName.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_. ".contains($0)) ? $0 : "_" })
        let allowed = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        let encoded = fileName.addingPercentEncoding(withAllowedCharacters: allowed) ?? plain
        return "\(type); filename=\"\(plain)\"; filename*=UTF-8''\(encoded)"
    }
}
