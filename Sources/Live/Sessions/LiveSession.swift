import Endpoints
import Metrics
import Model
import Synchronization

/// One live connection: reads what the client asks for, answers each message once, and sends the events of the streams that it
/// listens to.
package final class LiveSession: Sendable {
    /// Streams that one connection may listen to.
    package static let maximumSubscriptions: Int = 100
    /// Commands that one connection may have under way; more wait unread.
    static let maximumCommands = 8
    /// How long a client may take nothing while much waits for it.
    package static let patience: Duration = .seconds(15)
    /// How often the caller's rights are looked at.
    package static let glance: Duration = .seconds(1)

    private let hub: LiveHub
    private let caller: any LiveCaller
    private let reader: LiveReader
    private let patience: Duration
    private let glance: Duration
    private let listening = Mutex<[LiveStreamName: Listening]>([:])
    private let numbers = Mutex(0)

    /// A subscription with the hold on its stream.
    private struct Listening: Sendable {
        let number: Int
        let subscription: LiveSubscription
        let hold: StreamHold
    }

    package init(
        hub: LiveHub, caller: any LiveCaller, transport: any LiveTransport,
        patience: Duration = LiveSession.patience, glance: Duration = LiveSession.glance
    ) {
        self.hub = hub
        self.caller = caller
        self.patience = patience
        self.glance = glance
        reader = LiveReader(transport)
    }

    deinit { endSubscriptions() }

    /// Serves the connection until the client leaves, has no right to it any more, takes too little, or the server stops.
    ///
    /// - Parameters:
    ///   - messages: what the client sends; ends when it leaves.
    ///   - stopping: returns when the server stops, with how long the client should stay away.
    /// - Returns: how the connection is to be closed.
    package func run<Messages: AsyncSequence & Sendable>(
        _ messages: Messages, stopping: @escaping @Sendable () async -> Duration?
    ) async -> LiveClose where Messages.Element == String {
        Meter(label: MetricNames.connections).increment()
        defer { Meter(label: MetricNames.connections).decrement() }
        let close = await withTaskGroup(of: LiveClose?.self) { group in
            group.addTask { await self.receive(messages) }
            group.addTask { await self.catchUp() }
            group.addTask { await self.watchRights() }
            group.addTask {
                guard let delay = await stopping() else { return nil }
                self.reader.send(.reconnect(after: delay))
                return .restarting
            }
            defer { group.cancelAll() }
            while let ended = await group.next() {
                if let ended { return ended }
            }
            return .left
        }
        endSubscriptions()
        Counter(label: MetricNames.closes, dimensions: [("code", String(close.code))]).increment()
        return close
    }

    // MARK: What the client sends

    private func receive<Messages: AsyncSequence & Sendable>(
        _ messages: Messages
    ) async -> LiveClose? where Messages.Element == String {
        await withTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            var commands = 0
            do {
                for try await text in messages {
                    guard let message = await read(text) else { continue }
                    guard case .success(.command(let command)) = message.request else {
                        await answer(message)
                        continue
                    }
                    if commands == Self.maximumCommands {
                        await group.next()
                        commands -= 1
                    }
                    commands += 1
                    group.addTask { await self.perform(command, for: message.id) }
                }
                return Task.isCancelled ? nil : .left
            } catch {
                return Task.isCancelled ? nil : .left
            }
        }
    }

    private func read(_ text: String) async -> ClientMessage? {
        do {
            return try ClientMessage(text)
        } catch {
            await send(caller.refusal(error), to: nil)
            return nil
        }
    }

    /// Answers what is done in the order of the messages.
    private func answer(_ message: ClientMessage) async {
        do {
            switch try message.request.get() {
            case .subscribe(let stream, let position): try await subscribe(stream, after: position, for: message.id)
            case .unsubscribe(let stream):
                unsubscribe(stream)
                await send(
                    LiveOutcome(status: 200, data: JSONText(trusted: #"{"stream":"\#(stream)"}"#)), to: message.id)
            case .command: break
            }
        } catch {
            await send(caller.refusal(error), to: message.id)
        }
    }

    private func perform(_ command: LiveCommand, for id: String) async {
        do {
            let outcome = try await caller.perform(command)
            await send(outcome, to: id)
        } catch {
            await send(caller.refusal(error), to: id)
        }
    }

    private func send(_ outcome: LiveOutcome, to id: String?) async { await send(.answer(outcome, to: id)) }

    /// Sends an answer when there is room for it: a client that asks much and reads little waits for itself.
    private func send(_ answer: LiveFrame) async {
        await reader.transport.drained(below: ReaderState.low)
        reader.send(answer)
    }

    // MARK: What it listens to

    /// Listens to a stream from a position on.
    ///
    /// - Throws: `Problem` when it may not, or there is no such thing.
    package func subscribe(_ name: LiveStreamName, after position: LivePosition?, for id: String) async throws {
        if case .jobs(let workspace) = name, workspace != caller.workspace {
            throw Problem(.notFound, "The stream \(name) is not one of your workspace.", field: "stream")
        }
        guard listening.withLock({ $0[name] != nil || $0.count < Self.maximumSubscriptions }) else {
            throw Problem(
                .tooMany, "One connection listens to at most \(Self.maximumSubscriptions) streams; end some.",
                field: "stream")
        }
        try await caller.checkListening()
        unsubscribe(name)
        let hold = try await hub.open(name, in: caller.workspace)
        let stream = hold.stream
        let number = numbers.withLock { number in
            number += 1
            return number
        }
        let subscription = LiveSubscription(stream, for: reader) { [weak self] in
            Counter(label: MetricNames.resyncs).increment()
            self?.forget(name, number)
        }
        let listening = Listening(number: number, subscription: subscription, hold: hold)
        let recovered = position.map(stream.covers) ?? false
        Counter(label: MetricNames.subscriptions, dimensions: [("start", recovered ? "recovered" : "snapshot")])
            .increment()
        if let position, recovered {
            await send(.subscribed(to: name, at: position, recovered: true, snapshot: nil, for: id))
            begin(listening, after: position)
        } else {
            let snapshot = try await stream.snapshots.snapshot(of: stream)
            await send(
                .subscribed(to: name, at: snapshot.position, recovered: false, snapshot: snapshot.data, for: id))
            begin(listening, after: snapshot.position)
        }
    }

    private func begin(_ new: Listening, after position: LivePosition) {
        listening.withLock { $0[new.hold.stream.name] = new }
        new.subscription.begin(after: position)
    }

    private func unsubscribe(_ name: LiveStreamName) {
        listening.withLock { $0.removeValue(forKey: name) }?.subscription.cancel()
    }

    private func forget(_ name: LiveStreamName, _ number: Int) {
        listening.withLock { if $0[name]?.number == number { $0[name] = nil } }
    }

    private func endSubscriptions() {
        let all = listening.withLock { listening in
            defer { listening = [:] }
            return Array(listening.values)
        }
        for listening in all { listening.subscription.cancel() }
    }

    // MARK: What ends it

    /// Sends what had to wait if there is room for it now; for a reader that takes frames by itself.
    func catchUpIfDrained() {
        guard reader.transport.queuedBytes < ReaderState.low, reader.drained() == .catchUp else { return }
        pumpAll()
    }

    private func pumpAll() {
        for listening in listening.withLock({ Array($0.values) }) { listening.subscription.pump() }
    }

    /// Sends what had to wait once there is room for it.
    private func catchUp() async -> LiveClose? {
        while await reader.withheld.wait() {
            while true {
                if reader.isLost { return .tooSlow }
                let backlog = reader.backlog
                let drained = await isDrained()
                guard !Task.isCancelled else { return nil }
                switch drained ? reader.drained() : reader.stalled(since: backlog) {
                case .catchUp:
                    pumpAll()
                case .close: return .tooSlow
                case .awaitDrain: continue
                case .nothing: break
                }
                break
            }
        }
        return nil
    }

    /// Waits until the client has taken most of what waited; false when it did not within its time.
    private func isDrained() async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { [reader] in
                await reader.transport.drained(below: ReaderState.low)
                return true
            }
            group.addTask { [patience] in
                try? await Task.sleep(for: patience)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }

    private func watchRights() async -> LiveClose? {
        while (try? await Task.sleep(for: glance)) != nil {
            do {
                try await caller.checkListening()
            } catch let problem as Problem {
                switch problem.kind {
                case .unauthenticated: return .signedOut
                case .forbidden, .notFound: return .forbidden
                default: continue
                }
            } catch {
                // A database that is away takes nobody's rights.
            }
        }
        return nil
    }
}

extension LiveFrame {
    /// The answer to a message.
    static func answer(_ outcome: LiveOutcome, to id: String?, at position: LivePosition? = nil) -> LiveFrame {
        // An id is any text, so it is the one thing here that needs escapes.
        let id = id.flatMap { try? JSONText(encoding: [$0]).text.dropFirst().dropLast() } ?? "null"
        let member = outcome.status < 400 ? "data" : "problem"
        let content = outcome.data.map { #","\#(member)":\#($0.text)"# } ?? ""
        return LiveFrame(
            type: "answer", position: position,
            json: #"{"type":"answer","id":\#(id),"status":\#(outcome.status)\#(content)}"#)
    }

    /// The answer to `subscribe`: the position that events follow.
    fileprivate static func subscribed(
        to stream: LiveStreamName, at position: LivePosition, recovered: Bool, snapshot: JSONText?, for id: String
    ) -> LiveFrame {
        let content = snapshot.map { #","snapshot":\#($0.text)"# } ?? ""
        let data = JSONText(
            trusted: #"{"stream":"\#(stream)","epoch":"\#(position.epoch)","seq":\#(position.seq),"#
                + #""recovered":\#(recovered)\#(content)}"#)
        return answer(LiveOutcome(status: 200, data: data), to: id, at: position)
    }
}
