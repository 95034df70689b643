import Endpoints

extension Storyboard {
    /// The form of `scenes.json`, for the reference.
    static let schema = Schema.object([
        .init("language", .string(maximumLength: 3), required: true, "ISO 639-1 code of titles and labels."),
        .init("duration", .number(minimum: 0), required: true, "Length of the narration in seconds."),
        .init("scenes", .array(of: scene), required: true, "In the order of time, without gaps."),
    ])

    private static let scene = Schema.object([
        .init("id", .integer(minimum: 1), required: true, "Counts from 1."),
        .init("start", .number(minimum: 0), required: true, "Seconds; where the scene before it ends."),
        .init("end", .number(minimum: 0), required: true, "Seconds."),
        .init("title", .string(), required: true, "Stands above the picture."),
        .init("type", .string(values: Scene.Kind.allCases.map(\.rawValue)), required: true, "The kind of diagram."),
        .init("direction", .string(values: ["LR", "TB"]), required: true, "Which way the picture reads."),
        .init("nodes", .array(of: node, maximumItems: 40), required: true, "What is shown."),
        .init("edges", .array(of: edge), required: true, "What is connected."),
        .init("evidence", .string(), required: true, "The words that the picture rests on."),
        .init("score", .number(minimum: 0, maximum: 1), required: true, "Confidence in the type."),
        .init("analyser", .string(), required: true, "`rules`, or the name of the language model."),
        .init("degraded", .boolean, "True when a language model was asked for and could not be used."),
    ])

    private static let node = Schema.object([
        .init("id", .string(), required: true, "Unique within the scene."),
        .init("label", .string(maximumLength: 40), required: true, "What the box says."),
        .init("t", .number(minimum: 0), required: true, "When the box appears, in seconds."),
        .init("group", .string(), "In a comparison, the side that the box belongs to."),
    ])

    private static let edge = Schema.object([
        .init("from", .string(), required: true, "The id of a node."),
        .init("to", .string(), required: true, "The id of a node."),
        .init("label", .string(maximumLength: 40), required: true, "What the arrow says; may be empty."),
        .init("t", .number(minimum: 0), required: true, "When the arrow appears, in seconds."),
    ])
}
