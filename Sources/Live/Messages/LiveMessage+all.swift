import Endpoints
import Model

extension LiveMessage {
    /// Every message, those of clients first.
    package static let all: [LiveMessage] = [
        .init("subscribe", "Listens to a stream.", SubscribeMessage.self) { try $0.request },
        .init("unsubscribe", "Listens to a stream no longer.", UnsubscribeMessage.self) { try $0.request },
        .init("job:start", "Submits a job, as submitJob does.", JobStartMessage.self) { $0.request },
        .init("job:cancel", "Cancels a job, as cancelJob does.", JobCancelMessage.self) { $0.request },
        .init("settings:update", "Changes the workspace, as renameWorkspace does.", SettingsUpdateMessage.self) {
            $0.request
        },
        .init(
            "answer", "Answers one message of the client.",
            [
                .init("id", .nullable(.string()), required: true, "That of the message; null if it had none."),
                .init("status", .integer(minimum: 200, maximum: 599), required: true, "As in HTTP."),
                .init("data", .any, "The answer, if it went well: for `subscribe` a Subscription, else as in the API."),
                .init("problem", .any, "Why it was refused: a problem document of RFC 9457."),
            ]),
        event(
            "job:progress",
            "A job is in another state or at another stage. Without `seq`, how far it is by now: only the latest counts.",
            [
                .init("state", .string(values: JobState.allCases.map(\.rawValue)), "The state."),
                .init("stage", .string(), "The stage that began."),
                .init("progress", .any, "Percent, operation and remaining time, as in the job."),
            ]),
        event(
            "job:complete", "A job succeeded or was canceled.",
            [.init("state", .string(values: JobState.allCases.map(\.rawValue)), required: true, "The state.")]),
        event(
            "job:error", "An attempt of a job failed, or the job expired.",
            [
                .init("error", .any, "What failed, as in the job."),
                .init("state", .string(values: JobState.allCases.map(\.rawValue)), required: true, "What follows."),
            ]),
        event(
            "job:log", "A line of a job's log.",
            [
                .init(
                    "level", .string(values: ["debug", "info", "warning", "error"]), required: true,
                    "How much it matters."),
                .init("message", .string(), required: true, "The line."),
                .init("fields", .map(of: .string()), "More about it."),
            ]),
        event(
            "system:notification", "Something that everybody who watches should know.",
            [
                .init(
                    "level", .string(values: LiveNotice.Level.allCases.map(\.rawValue)), required: true,
                    "How much it matters."),
                .init("code", .string(), required: true, "What it is, for programs."),
                .init("message", .string(), required: true, "The same in English."),
            ]),
        .init(
            "resync",
            "The client took too little, or what it listened to is gone: the subscription has ended. Subscribe again.",
            [
                .init("stream", .string(pattern: LiveStreamName.pattern), required: true, "The stream."),
                .init("epoch", .string(), required: true, "Its numbering."),
                .init("seq", .integer(minimum: 0), required: true, "The number of its last event."),
            ]),
        .init(
            "reconnect", "The server stops; the connection closes with 1012.",
            [.init("after_ms", .integer(minimum: 0), required: true, "How long to wait before coming back.")]),
    ]

    private static func event(_ type: String, _ summary: String, _ data: [Schema.Property]) -> LiveMessage {
        LiveMessage(
            type, summary,
            [
                .init("stream", .string(pattern: LiveStreamName.pattern), required: true, "Where it happened."),
                .init("epoch", .string(pattern: "^[0-9a-z]{1,32}$"), required: true, "The numbering."),
                .init("seq", .integer(minimum: 1), "Its number: one more than that of the event before."),
                .init("at", .string(format: "date-time"), "When it happened."),
                .init(
                    "data", .object(data), required: true,
                    "What happened. In a workspace's list: the job, as in listJobs."),
            ])
    }
}
