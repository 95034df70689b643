import Endpoints
import Foundation
import Model

/// The input of every kind of job here, as the job stores it.
package struct PipelineInput: Hashable, Sendable, Codable {
    /// A recording that was uploaded.
    package var upload: Upload?
    /// Where to fetch a recording.
    package var url: String?
    /// What to draw when there is no recording.
    package var text: String?
    /// Scenes that replace the analyser's.
    package var scenes: Storyboard?
    /// ISO 639-1 code, or nil to detect it.
    package var language: String?
    /// Words or names that help with spelling.
    package var prompt: String?
    /// 0 to 1; 0 is deterministic.
    package var temperature: Double?

    package init() {}

    /// A file of the workspace in the object store.
    package struct Upload: Hashable, Sendable, Codable {
        package var object: String
        package var name: String
        package var size: Int64
        package var sha256: String
    }

    /// Which members a kind takes.
    package enum Form: Sendable {
        /// A recording.
        case recording
        /// A text.
        case text
        /// A recording, a text or scenes.
        case anything
    }

    /// The longest text that is drawn.
    static let longestText = 200_000

    var transcription: TranscriptionOptions {
        TranscriptionOptions(language: language, prompt: prompt, temperature: temperature ?? 0)
    }

    /// Checks what came from outside.
    ///
    /// - Throws: `Problem` that names the wrong field.
    func validated(as form: Form) throws -> PipelineInput {
        var given: [String] = []
        if url != nil { given.append("url") }
        if text != nil { given.append("text") }
        if scenes != nil { given.append("scenes") }
        if upload != nil { given.append("upload") }
        let allowed: [String] =
            switch form {
            case .recording: ["url", "upload"]
            case .text: ["text"]
            case .anything: ["url", "text", "scenes", "upload"]
            }
        let shown = allowed.filter { $0 != "upload" }.map { "'\($0)'" }.joined(separator: " or ")
        guard let source = given.first, given.count == 1, allowed.contains(source) else {
            let files = form == .text ? "" : ", or upload a file as the form field 'file'"
            throw Problem(.unprocessable, "Give exactly one source: \(shown)\(files).", field: given.last ?? "url")
        }
        if let url { try Self.check(url: url) }
        if let text { try Self.check(text: text) }
        if let scenes {
            do {
                try scenes.validate()
            } catch {
                throw Problem(.unprocessable, "\(error)", field: "scenes")
            }
        }
        try checkOptions()
        return self
    }

    private func checkOptions() throws {
        if let language, language.wholeMatch(of: /[a-z]{2,3}/) == nil {
            let detail = "The language '\(language)' is no ISO 639-1 code such as 'en' or 'ja'."
            throw Problem(.unprocessable, detail, field: "language")
        }
        if let prompt, prompt.count > 1_000 {
            throw Problem(.unprocessable, "The prompt is longer than 1,000 characters.", field: "prompt")
        }
        if let temperature, !(0...1).contains(temperature) {
            throw Problem(.unprocessable, "The temperature must lie between 0 and 1.", field: "temperature")
        }
    }

    private static func check(url: String) throws {
        guard url.utf8.count <= 2_000, let parsed = URL(string: url), let host = parsed.host(), !host.isEmpty,
            ["http", "https"].contains(parsed.scheme?.lowercased())
        else {
            throw Problem(.unprocessable, "The url must be an http or https address of a recording.", field: "url")
        }
    }

    private static func check(text: String) throws {
        guard text.contains(where: { $0.isLetter }) else {
            throw Problem(.unprocessable, "The text is empty: send a few sentences.", field: "text")
        }
        guard text.count <= longestText else {
            let detail = "The text has \(text.count) characters; at most \(longestText) are drawn."
            throw Problem(.unprocessable, detail, field: "text")
        }
    }
}

extension PipelineInput {
    /// Reads an uploaded file with the other fields of its form.
    static func fromUpload(_ file: EndpointRequest.UploadedFile, options: [String: String]) throws -> PipelineInput {
        var input = PipelineInput()
        input.upload = Upload(object: file.object, name: file.fileName, size: file.size, sha256: file.sha256)
        input.language = options["language"].flatMap { $0.isEmpty || $0 == "auto" ? nil : $0 }
        input.prompt = options["prompt"].flatMap { $0.isEmpty ? nil : $0 }
        if let text = options["temperature"], !text.isEmpty {
            guard let temperature = Double(text) else {
                throw Problem(.unprocessable, "The temperature '\(text)' is no number.", field: "temperature")
            }
            input.temperature = temperature
        }
        try input.checkOptions()
        return input
    }

    /// Reads a JSON document from outside, which must not name objects of the store.
    static func fromDocument(_ text: JSONText, as form: Form) throws -> PipelineInput {
        do {
            let input = try text.decode(PipelineInput.self)
            guard input.upload == nil else {
                throw Problem(
                    .unprocessable, "Files are uploaded as the form field 'file', not named.", field: "upload")
            }
            return try input.validated(as: form)
        } catch let error as DecodingError {
            throw Problem(.invalidRequest, error.sentence, field: error.field)
        }
    }
}
