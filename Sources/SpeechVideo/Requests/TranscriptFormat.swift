import Endpoints

/// The forms of a transcript, named as in the OpenAI transcription API.
enum TranscriptFormat: String, CaseIterable {
    case json
    case text
    case srt
    case verboseJSON = "verbose_json"
    case vtt

    /// The artifact that holds it.
    var artifact: String {
        switch self {
        case .json, .verboseJSON: "transcript.json"
        case .text: "transcript.txt"
        case .srt: "transcript.srt"
        case .vtt: "transcript.vtt"
        }
    }

    /// The form that the request asks for.
    ///
    /// - Throws: `Problem` for a name that is none.
    static func asked(in request: EndpointRequest) throws -> TranscriptFormat {
        guard case .form(let form) = request.body, let name = form.fields["response_format"], !name.isEmpty else {
            return .verboseJSON
        }
        guard let format = TranscriptFormat(rawValue: name) else {
            let known = allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem(
                .unprocessable, "There is no response_format '\(name)'; there are: \(known).", field: "response_format")
        }
        return format
    }
}
