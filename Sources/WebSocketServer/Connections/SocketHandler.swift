import NIOCore

/// The one handler of an upgraded connection: bytes in, messages out, and frames back. Lives on its event loop.
final class SocketHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Bytes after which a flush is due.
    private static let roundLimit = 65_536

    private let settings: WebSocketSettings
    private let metrics: WebSocketMetrics
    private var context: ChannelHandlerContext?
    /// The context's, which is not for nothing to ask for.
    private var channel: (any Channel)?
    private var connection: WebSocketConnection?

    private var source: WebSocketMessages.Producer.Source?
    private var reader: MessageReader
    private var unread = ByteBuffer()
    /// Whether the reader takes no more until it asks.
    private var isPaused = false
    /// Whether the network layer asked to read meanwhile.
    private var wantsToRead = false

    private var outbound = OutboundFrames()
    /// Whether a flush comes when the network layer has sent what it holds.
    private var isWatching = false
    private var closing = ClosingState()
    private var liveness = Liveness()
    private var pingTimer: Scheduled<Void>?
    private var closeTimer: Scheduled<Void>?

    init(_ settings: WebSocketSettings, _ metrics: WebSocketMetrics) {
        self.settings = settings
        self.metrics = metrics
        reader = MessageReader(byteLimit: settings.messageLimit, fragmentLimit: settings.fragmentLimit)
    }

    /// Answers the handshake and begins to serve the connection; called once, when the handler is in its place.
    func open(_ connection: WebSocketConnection, _ source: WebSocketMessages.Producer.Source, greeting: ByteBuffer) {
        self.connection = connection
        self.source = source
        context?.writeAndFlush(Self.wrapOutboundOut(greeting), promise: nil)
        metrics.opened()
        schedulePing()
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        channel = context.channel
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        channel = nil
    }

    // MARK: - In

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = Self.unwrapInboundIn(data)
        metrics.received(bytes: bytes.readableBytes)
        liveness.heard()
        if unread.readableBytes == 0 { unread = bytes } else { unread.writeBuffer(&bytes) }
        takeArrivals()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if outbound.hasControl { flushAlone() }
    }

    func read(context: ChannelHandlerContext) {
        if isPaused && closing.isOpen { wantsToRead = true } else { context.read() }
    }

    /// Goes on after the reader took what there was.
    func resume() {
        guard isPaused else { return }
        isPaused = false
        takeArrivals()
        if outbound.hasControl { flushAlone() }
        readIfWanted()
    }

    /// Goes on without a reader: only control frames matter.
    func discard() {
        source = nil
        resume()
    }

    private func readIfWanted() {
        guard wantsToRead, !isPaused || !closing.isOpen else { return }
        wantsToRead = false
        context?.read()
    }

    private func takeArrivals() {
        do throws(WebSocketFault) {
            while closing.isListening, !isPaused || !closing.isOpen, let arrival = try reader.next(from: &unread) {
                take(arrival)
            }
        } catch {
            perform(closing.fault(error))
        }
        if !closing.isListening || unread.readableBytes == 0 {
            unread = ByteBuffer()
        } else if unread.readableBytes < 64 {
            // The beginning of a frame must not hold the whole buffer that it came in.
            unread = ByteBuffer(bytes: unread.readableBytesView)
        }
    }

    private func take(_ arrival: MessageReader.Arrival) {
        switch arrival {
        case .message(let message):
            guard closing.isOpen else { return }
            metrics.receivedMessage()
            switch source?.yield(message) {
            case .stopProducing: isPaused = true
            case .dropped: source = nil
            case .produceMore, nil: break
            }
        case .ping(let payload):
            if closing.isOpen { outbound.appendControl(WebSocketFrames.pong(payload)) }
        case .pong:
            break
        case .close(let code):
            perform(closing.closeFrame(code))
        }
    }

    // MARK: - Out

    /// What a flush gave to the network layer.
    struct Sent {
        var messages = 0
        var bytes = 0

        static func += (sum: inout Sent, more: Sent) {
            sum.messages += more.messages
            sum.bytes += more.bytes
        }
    }

    /// Takes over an offered frame; a flush must follow.
    func take(_ frame: ByteBuffer) {
        if closing.isOpen { outbound.append(frame) } else { connection?.release(frame.readableBytes) }
    }

    /// Takes over an offered frame and sends it.
    func send(_ frame: ByteBuffer) -> Sent {
        // Who is not watched holds nothing back.
        guard closing.isOpen, outbound.isEmpty, !isWatching, let context, let channel else {
            take(frame)
            return flush()
        }
        outbound.pass(frame.readableBytes)
        context.writeAndFlush(Self.wrapOutboundOut(frame), promise: nil)
        settle(context, channel)
        return Sent(messages: 1, bytes: frame.readableBytes)
    }

    /// Sends what was taken over since the last flush.
    func flushIfTouched() -> Sent {
        outbound.isTouched ? flush() : Sent()
    }

    /// Gives the network layer what it takes, and tells the connection what went out.
    private func flush() -> Sent {
        var sent = Sent()
        guard let context, let channel, closing.phase != .over else { return sent }
        repeat {
            var round = 0
            while round < Self.roundLimit, channel.isWritable, let (frame, isMessage) = outbound.takeNext() {
                if isMessage { sent.messages += 1 }
                round += frame.readableBytes
                context.write(Self.wrapOutboundOut(frame), promise: nil)
            }
            sent.bytes += round
            context.flush()
        } while !outbound.isEmpty && channel.isWritable
        if outbound.flushed() { context.close(mode: .output, promise: nil) }
        settle(context, channel)
        return sent
    }

    /// Flushes, and counts what went out.
    private func flushAlone() {
        let sent = flush()
        metrics.sent(messages: sent.messages, bytes: sent.bytes)
    }

    private func settle(_ context: ChannelHandlerContext, _ channel: any Channel) {
        let held = (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        let released = outbound.settle(held: held)
        if released > 0 { connection?.release(released) }
        if held > 0 { watch(context) }
    }

    /// Comes back when the network layer has sent all that it holds.
    private func watch(_ context: ChannelHandlerContext) {
        guard !isWatching, closing.phase != .finishing else { return }
        isWatching = true
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { result in
            self.isWatching = false
            if case .success = result { self.flushAlone() }
        }
        context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer()), promise: promise)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // What the HTTP layer behind this handler would still like to say has no place here any more.
        promise?.fail(ChannelError.outputClosed)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { flushAlone() }
        context.fireChannelWritabilityChanged()
    }

    // MARK: - Pings

    private func schedulePing() {
        guard let context else { return }
        // Spread, so that connections that were opened together are not pinged together.
        let interval = TimeAmount(settings.pingInterval * Double.random(in: 0.9...1.1))
        pingTimer = context.eventLoop.assumeIsolated().scheduleTask(in: interval) { self.ping() }
    }

    private func ping() {
        switch liveness.intervalPassed(isListening: !isPaused) {
        case .ping:
            outbound.appendControl(WebSocketFrames.ping())
            flushAlone()
            schedulePing()
        case .giveUp:
            perform(closing.stop())
        }
    }

    // MARK: - The end

    /// Begins to close the connection.
    func close(_ code: WebSocketCloseCode, reason: String) {
        perform(closing.close(code, reason: reason))
    }

    private func perform(_ action: ClosingState.Action) {
        switch action {
        case .nothing: return
        case .send(let code, let reason):
            sayGoodbye(code, reason: reason)
        case .sendAndShut(let code, let reason):
            outbound.shutsWhenEmpty = true
            sayGoodbye(code, reason: reason)
        case .shut:
            outbound.shutsWhenEmpty = true
            flushAlone()
        case .end:
            context?.close(promise: nil)
        }
    }

    private func sayGoodbye(_ code: WebSocketCloseCode, reason: String) {
        pingTimer?.cancel()
        source?.finish()
        source = nil
        if code == .tooSlow { connection?.release(outbound.dropAll()) }
        outbound.append(WebSocketFrames.close(code, reason: reason), isMessage: false)
        guard let context else { return }
        closeTimer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(settings.closeLimit)) {
            self.perform(self.closing.stop())
        }
        flushAlone()
        // Nobody reads messages any more, so nothing holds back reading.
        context.eventLoop.assumeIsolated().execute {
            self.takeArrivals()
            self.readIfWanted()
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed as ChannelEvent: perform(closing.stop())
        // The owner says goodbye to each connection in its own words.
        case is ChannelShouldQuiesceEvent: break
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        perform(closing.stop())
    }

    func channelInactive(context: ChannelHandlerContext) {
        closing.lost()
        pingTimer?.cancel()
        closeTimer?.cancel()
        source?.finish()
        source = nil
        metrics.closed(closing.code ?? .lost)
        connection?.ended(with: closing.code ?? .lost)
        connection = nil
        context.fireChannelInactive()
    }
}
