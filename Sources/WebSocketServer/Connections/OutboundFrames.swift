import NIOCore

/// The frames of one connection that wait for its network layer, which holds only a little itself.
struct OutboundFrames {
    /// Pings that are answered when many come at once; beyond, only the last ones are.
    private static let pongLimit = 16

    private var frames: [ByteBuffer] = []
    /// The first of them that is not written yet.
    private var next = 0
    private var waitingBytes = 0
    /// Bytes of messages that were taken over and not released.
    private var unreleased = 0
    /// Pongs and pings, which overtake the messages.
    private var control: [ByteBuffer] = []
    private var hasShut = false
    /// Whether something came since the last flush.
    private(set) var isTouched = false
    /// Whether the sending side of the connection is shut behind the last frame.
    var shutsWhenEmpty = false

    /// Whether something waits that may be sent at once.
    var isEmpty: Bool { next == frames.count && control.isEmpty }

    /// How many frames are kept in memory, with those that were written.
    var storedCount: Int { frames.count }

    /// Whether a ping was not answered yet.
    var hasControl: Bool { !control.isEmpty }

    /// Puts a frame to the end.
    mutating func append(_ frame: ByteBuffer, isMessage: Bool = true) {
        frames.append(frame)
        waitingBytes += frame.readableBytes
        if isMessage { unreleased += frame.readableBytes }
        isTouched = true
    }

    /// Takes note of a frame that is written at once, because nothing waits before it.
    mutating func pass(_ bytes: Int) {
        unreleased += bytes
    }

    /// Puts a ping or pong before all messages. Of those whose peer does not read, only the last ones are kept.
    mutating func appendControl(_ frame: ByteBuffer) {
        if control.count == Self.pongLimit { control.removeFirst() }
        control.append(frame)
    }

    /// Takes the frame that is to be written next.
    mutating func takeNext() -> (frame: ByteBuffer, isMessage: Bool)? {
        guard !hasShut else { return nil }
        if !control.isEmpty { return (control.removeFirst(), false) }
        guard next < frames.count else { return nil }
        let frame = frames[next]
        next += 1
        waitingBytes -= frame.readableBytes
        if next == frames.count {
            frames.removeAll(keepingCapacity: frames.capacity <= 4)
            next = 0
        } else if next >= 64, next * 2 >= frames.count {
            frames.removeFirst(next)
            next = 0
        }
        return (frame, true)
    }

    /// Takes note that a flush was done; true when the sending side is to be shut now.
    mutating func flushed() -> Bool {
        isTouched = false
        guard shutsWhenEmpty, !hasShut, next == frames.count else { return false }
        hasShut = true
        return true
    }

    /// Returns how many bytes of messages wait no more, when the network layer holds `held`.
    mutating func settle(held: Int) -> Int {
        let released = unreleased - min(unreleased, waitingBytes + held)
        unreleased -= released
        return released
    }

    /// Forgets the messages that wait, and returns their bytes.
    mutating func dropAll() -> Int {
        let dropped = min(unreleased, waitingBytes)
        frames = []
        next = 0
        waitingBytes = 0
        unreleased -= dropped
        return dropped
    }
}
