import Endpoints

extension PipelineInput {
    /// The JSON form of the input, for the reference.
    static func schema(of form: Form) -> Schema {
        var properties: [Schema.Property] = []
        if form != .text {
            properties.append(
                .init("url", .string(format: "uri", maximumLength: 2_000), "Where to fetch the recording."))
        }
        if form != .recording {
            properties.append(
                .init(
                    "text", .string(maximumLength: longestText), required: form == .text,
                    "What to draw: a few sentences."))
        }
        if form == .anything {
            properties.append(.init("scenes", .named("Storyboard"), "Edited scenes, in the form of `scenes.json`."))
        }
        return .object(properties + options(form))
    }

    /// The fields of the form that uploads a recording.
    static func formSchema() -> Schema {
        .object([.init("file", .file, required: true, "The recording.")] + options(.recording))
    }

    private static func options(_ form: Form) -> [Schema.Property] {
        let language = Schema.Property(
            "language", .string(maximumLength: 3), "ISO 639-1 code of the spoken language; detected when left out.")
        guard form != .text else { return [language] }
        return [
            language,
            .init("prompt", .string(maximumLength: 1_000), "Words or names that help with spelling."),
            .init("temperature", .number(minimum: 0, maximum: 1), "0 is deterministic."),
        ]
    }
}
