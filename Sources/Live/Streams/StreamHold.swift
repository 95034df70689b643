/// Keeps a stream from being closed for as long as it lives.
final class StreamHold: Sendable {
    let stream: LiveStream

    init(_ stream: LiveStream) {
        self.stream = stream
        stream.hold()
    }

    deinit { stream.release() }
}
