import NIOCore
import Testing

@testable import WebSocketServer

@Suite("C2: the states of a connection")
struct StateTests {
    private enum Event: CaseIterable {
        case close, closeFrame, fault, stop, lost
    }

    private static func state(in phase: ClosingState.Phase) -> ClosingState {
        var state = ClosingState()
        switch phase {
        case .open: break
        case .asked: _ = state.close(.goingAway, reason: "")
        case .finishing: _ = state.closeFrame(.normal)
        case .over: state.lost()
        }
        return state
    }

    private static func apply(_ event: Event, to state: inout ClosingState) -> ClosingState.Action {
        switch event {
        case .close: return state.close(.serviceRestart, reason: "soon")
        case .closeFrame: return state.closeFrame(.normal)
        case .fault: return state.fault(.notUTF8)
        case .stop: return state.stop()
        case .lost:
            state.lost()
            return .nothing
        }
    }

    @Test("from every phase, every event leads where the diagram says, and the first code stays")
    func closing() {
        typealias Step = (action: ClosingState.Action, phase: ClosingState.Phase, code: WebSocketCloseCode)
        let shut = ClosingState.Action.sendAndShut
        let expected: [(ClosingState.Phase, [Step])] = [
            (
                .open,
                [
                    (.send(.serviceRestart, reason: "soon"), .asked, .serviceRestart),
                    (shut(.normal, ""), .finishing, .normal),
                    (shut(.invalidData, "the text is not UTF-8"), .finishing, .invalidData),
                    (.end, .over, .lost), (.nothing, .over, .lost),
                ]
            ),
            (
                .asked,
                [
                    (.nothing, .asked, .goingAway), (.shut, .finishing, .goingAway), (.shut, .finishing, .goingAway),
                    (.end, .over, .goingAway), (.nothing, .over, .goingAway),
                ]
            ),
            (
                .finishing,
                [
                    (.nothing, .finishing, .normal), (.nothing, .finishing, .normal), (.nothing, .finishing, .normal),
                    (.end, .over, .normal), (.nothing, .over, .normal),
                ]
            ),
            (.over, Array(repeating: (.nothing, .over, .lost), count: 5)),
        ]
        for (phase, steps) in expected {
            for (event, step) in zip(Event.allCases, steps) {
                var state = Self.state(in: phase)
                let action = Self.apply(event, to: &state)
                #expect(action == step.action, "\(phase) \(event)")
                #expect(state.phase == step.phase, "\(phase) \(event)")
                #expect(state.code == step.code, "\(phase) \(event)")
            }
        }
    }

    @Test("two unanswered pings in a row end a connection, and anything heard begins anew")
    func liveness() {
        var state = Liveness()
        Self.check((0..<2).map { _ in state.intervalPassed(isListening: true) }, [.ping, .ping])
        state.heard()
        Self.check((0..<3).map { _ in state.intervalPassed(isListening: true) }, [.ping, .ping, .giveUp])
        Self.check(state.intervalPassed(isListening: false), .ping)
    }

    @Test("what waits is bounded and given back")
    func window() {
        var window = OutboundWindow(limit: 10)
        Self.check([6, 5, 4].map { window.reserve($0) }, [true, false, true])
        Self.check(window.release(6).count, 0)
        #expect(window.queued == 4)
        Self.check(window.end().count, 0)
        #expect(window.queued == 0 && window.hasEnded)
        Self.check(window.release(4).count, 0)
        #expect(window.queued == 0)
    }

    @Test("frames go out in order, control frames first, and bytes count until the network layer has sent them")
    func frames() {
        var frames = OutboundFrames()
        for text in ["one", "two"] { frames.append(ByteBuffer(string: text)) }
        frames.appendControl(ByteBuffer(string: "pong"))
        Self.check((0..<2).map { _ in frames.takeNext().map { String(buffer: $0.frame) } }, ["pong", "one"])
        Self.check([3, 1].map { frames.settle(held: $0) }, [0, 2])
        Self.check((0..<2).map { _ in frames.takeNext().map { String(buffer: $0.frame) } }, ["two", nil])
        Self.check(frames.flushed(), false)
        Self.check(frames.settle(held: 0), 4)
        frames.append(ByteBuffer(string: "three"))
        Self.check(frames.dropAll(), 5)
        #expect(frames.isEmpty)
        frames.shutsWhenEmpty = true
        Self.check((0..<2).map { _ in frames.flushed() }, [true, false])
    }

    @Test("who pings without reading is answered only a few times")
    func pongs() {
        var frames = OutboundFrames()
        for number in 0..<100 { frames.appendControl(ByteBuffer(integer: UInt8(number))) }
        Self.check(frames.takeNext()?.frame, ByteBuffer(integer: UInt8(84)))
    }

    @Test("a long backlog that is never empty does not grow for ever, and keeps its order")
    func backlog() {
        var frames = OutboundFrames()
        var taken: [ByteBuffer] = []
        for number in 0..<10_000 {
            frames.append(ByteBuffer(integer: number))
            if number >= 10, let next = frames.takeNext() { taken.append(next.frame) }
        }
        #expect(taken == (0..<9_990).map { ByteBuffer(integer: $0) })
        #expect(frames.storedCount < 200)
        Self.check(frames.settle(held: 0), 9_990 * 8)
    }

    @Test("a reason that is too long for a close frame is cut at a character, and lengths take the fewest bytes")
    func encoding() {
        let close = WebSocketFrames.close(.goingAway, reason: String(repeating: "水", count: 60))
        #expect(close.readableBytes == 2 + 2 + 123)
        #expect(WebSocketFrames.close(.lost, reason: "x").readableBytes == 2)
        for (length, head) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
            #expect(WebSocketFrames(text: String(repeating: "a", count: length)).byteCount == length + head)
        }
    }

    /// Compares what a mutating call returned; the macro cannot make such calls itself.
    private static func check<Value: Equatable>(
        _ value: Value, _ expected: Value, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(value == expected, sourceLocation: sourceLocation)
    }
}
