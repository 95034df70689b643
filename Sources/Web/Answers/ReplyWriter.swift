import AsyncAlgorithms
import Endpoints
import HTTPTypes
import HummingbirdCore
import Metrics
import NIOCore

/// Writes an answer at the reader's pace, but never waits for a reader for ever.
struct ReplyWriter: Sendable {
    let drain: Drain
    /// A reader that takes nothing for so long loses its connection.
    let stallLimit: Duration
    /// How often an event stream that has nothing to say shows that it lives.
    let heartbeat: Duration

    /// Writes the whole answer.
    @concurrent
    func write(
        _ reply: Reply, to request: Request, _ writer: consuming ResponseWriter, on channel: any Channel
    ) async throws {
        var head = HTTPResponse(status: reply.status, headerFields: reply.headers)
        if let length = reply.length, reply.status.code != 204, reply.status != .notModified {
            head.headerFields[.contentLength] = String(length)
        }
        if reply.closes || drain.hasBegun { head.headerFields[.connection] = "close" }
        let wantsBody = request.method != .head
        switch reply.body {
        case .data(let bytes) where wantsBody:
            try await writer.write(response: head, body: .init(byteBuffer: bytes))
        case .stream(let bytes, _) where wantsBody:
            let body = try await writer.writeHead(head)
            try await stream(bytes, length: reply.length, to: body, on: channel)
        case .events(let events) where wantsBody:
            // It ends with its connection, because the reader's end is waited for on it; who keeps connections is told.
            head.headerFields[.connection] = "close"
            let body = try await writer.writeHead(head)
            try await send(events, while: reply.mayGoOn, to: body, for: request, on: channel)
        case .none, .data, .stream, .events:
            try await writer.writeResponse(head)
        }
        if reply.closes { closeSoon(channel) }
    }

    /// The sender of a refused body gets time to read the refusal, then the connection ends.
    private func closeSoon(_ channel: any Channel) {
        channel.eventLoop.scheduleTask(in: .seconds(5)) { channel.close(promise: nil) }
    }

    @concurrent
    private func stream(
        _ bytes: some AsyncSequence<ByteBuffer, any Error>, length: Int64?, to body: consuming some ResponseBodyWriter,
        on channel: any Channel
    ) async throws {
        var written: Int64 = 0
        do {
            for try await piece in bytes {
                written += Int64(piece.readableBytes)
                try await withStallLimit(channel) { try await body.write(piece) }
            }
            // A wrong length would be read as the start of the next answer.
            if let length, written != length { throw TornAnswer() }
        } catch {
            channel.close(promise: nil)
            throw error
        }
        try await body.finish(nil)
    }

    /// How often a reader's rights are looked at.
    private static let glance: Duration = .seconds(1)

    /// Ends when the events end, the reader leaves or has no right to them any more, or the server stops.
    @concurrent
    private func send(
        _ events: any AsyncSequence<ServerSentEvent, any Error> & Sendable,
        while mayGoOn: (@Sendable () async -> Bool)?, to body: consuming some ResponseBodyWriter,
        for request: Request, on channel: any Channel
    ) async throws {
        let pieces = AsyncChannel<ByteBuffer>()
        let open = Meter(label: MetricNames.eventStreams)
        open.increment()
        defer { open.decrement() }
        try await request.body.consumeWithInboundCloseHandler { _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await forward(events, to: pieces) }
                group.addTask { await beat(to: pieces) }
                group.addTask { await announceEnd(to: pieces) }
                if let mayGoOn { group.addTask { await watch(mayGoOn, over: pieces) } }
                for await piece in pieces {
                    try await withStallLimit(channel) { try await body.write(piece) }
                }
                group.cancelAll()
                try await group.waitForAll()
            }
        } onInboundClosed: {
            pieces.finish()
        }
        try await body.finish(nil)
    }

    private func forward(
        _ events: any AsyncSequence<ServerSentEvent, any Error> & Sendable, to pieces: AsyncChannel<ByteBuffer>
    ) async throws {
        defer { pieces.finish() }
        do {
            for try await event in events { await pieces.send(EventStreamText.event(event)) }
        } catch is CancellationError {
            // The reader left or the server stops.
        }
    }

    private func beat(to pieces: AsyncChannel<ByteBuffer>) async {
        while (try? await Task.sleep(for: heartbeat)) != nil { await pieces.send(EventStreamText.heartbeat) }
    }

    private func watch(_ mayGoOn: @Sendable () async -> Bool, over pieces: AsyncChannel<ByteBuffer>) async {
        while (try? await Task.sleep(for: Self.glance)) != nil {
            guard await mayGoOn() else { return pieces.finish() }
        }
    }

    private func announceEnd(to pieces: AsyncChannel<ByteBuffer>) async {
        await drain.wait()
        guard !Task.isCancelled else { return }
        // Spread out, so that not every reader comes back at the same moment.
        await pieces.send(EventStreamText.reconnect(after: .milliseconds(Int.random(in: 200...3_000))))
        pieces.finish()
    }

    @concurrent
    private func withStallLimit(_ channel: any Channel, _ write: @concurrent () async throws -> Void) async throws {
        let alarm = channel.eventLoop.scheduleTask(in: TimeAmount(stallLimit)) { channel.close(promise: nil) }
        defer { alarm.cancel() }
        try await write()
    }
}

/// An object gave another number of bytes than it promised.
struct TornAnswer: Error, CustomStringConvertible {
    var description: String { "The stored object is shorter or longer than its record; the answer was cut off." }
}
