import Model
package import NIOCore
import Synchronization

/// One message to a client, encoded once; everybody who listens gets the same bytes.
package final class LiveFrame: Sendable {
    /// `job:log`, `answer` and so on.
    package let type: String
    /// Where it stands in its stream; nil for what has no place there: reports of progress, answers.
    package let position: LivePosition?
    /// The message: one line of JSON.
    package let json: ByteBuffer
    private let wire = Mutex<(any Sendable)?>(nil)

    init(type: String, position: LivePosition? = nil, json: String) {
        self.type = type
        self.position = position
        self.json = ByteBuffer(string: json)
    }

    /// The message as a transport writes it, made when the first asks for it.
    package func wire<Form: Sendable>(_ make: (ByteBuffer) -> Form) -> Form {
        wire.withLock { wire in
            if let form = wire as? Form { return form }
            let form = make(json)
            wire = form
            return form
        }
    }

    package var text: String { String(buffer: json) }
}

extension LiveFrame {
    /// The envelope of an event.
    ///
    /// - Parameter position: its place; without one it has an epoch, but no `seq`.
    static func event(
        _ type: String, of stream: LiveStreamName, epoch: String, seq: Int64?, at: Timestamp? = nil, data: JSONText
    ) -> LiveFrame {
        // None of the texts but the data can hold what JSON would escape.
        let number = seq.map { #","seq":\#($0)"# } ?? ""
        let time = at.map { #","at":"\#($0)""# } ?? ""
        return LiveFrame(
            type: type, position: seq.map { LivePosition(epoch: epoch, seq: $0) },
            json:
                #"{"stream":"\#(stream)","epoch":"\#(epoch)"\#(number),"type":"\#(type)"\#(time),"data":\#(data.text)}"#
        )
    }

    /// Tells a reader that it missed events that are not kept any more, and listens no longer.
    static func resync(_ stream: LiveStreamName, at position: LivePosition) -> LiveFrame {
        LiveFrame(
            type: "resync",
            json: #"{"type":"resync","stream":"\#(stream)","epoch":"\#(position.epoch)","seq":\#(position.seq)}"#)
    }

    /// Asks to come back after a while, because the server stops.
    static func reconnect(after delay: Duration) -> LiveFrame {
        LiveFrame(type: "reconnect", json: #"{"type":"reconnect","after_ms":\#(delay.microseconds / 1_000)}"#)
    }
}
