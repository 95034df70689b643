import Foundation
import Testing

@testable import Live

@Suite("C2: the states of streams, readers and subscriptions")
struct StateTests {
    private func frame(_ seq: Int64, epoch: String = "1", bytes: Int = 0) -> LiveFrame {
        LiveFrame(
            type: "job:log", position: LivePosition(epoch: epoch, seq: seq), json: String(repeating: "x", count: bytes))
    }

    private func seqs(_ next: StreamState.Next) -> [Int64]? {
        switch next {
        case .frames(let frames): frames.compactMap { $0.position?.seq }
        case .nothing: []
        case .lost: nil
        }
    }

    @Test(
        "a stream gives exactly what comes after a number, for every number and every length",
        arguments: [0, 7, 499, 500, 501, 1_700])
    func ring(length: Int) {
        for start: Int64 in [0, 41] {
            var stream = StreamState(epoch: "1", seq: start)
            for number in 1...max(1, Int64(length)) where length > 0 {
                stream.append(frame(start + number), seq: start + number)
            }
            let end = start + Int64(length)
            #expect(stream.position == LivePosition(epoch: "1", seq: end))
            #expect(stream.count == min(length, StreamState.capacity))
            let oldest = max(start, end - Int64(StreamState.capacity))
            for number in max(0, start - 3)...end + 2 {
                let expected: [Int64]? =
                    number >= end ? [] : number < oldest ? nil : Array(number + 1...min(number + 5, end))
                #expect(seqs(stream.next(after: number, limit: 5)) == expected)
                #expect(
                    stream.covers(LivePosition(epoch: "1", seq: number)) == (number >= oldest && number <= end))
                #expect(!stream.covers(LivePosition(epoch: "2", seq: number)))
            }
        }
    }

    @Test("a stream keeps a bounded number of bytes, and at least the newest event")
    func bytes() {
        var stream = StreamState(epoch: "1")
        for number: Int64 in 1...40 { stream.append(frame(number, bytes: 200_000), seq: number) }
        #expect(stream.count == StreamState.byteCapacity / 200_000)
        stream.append(frame(41, bytes: 3_000_000), seq: 41)
        #expect(stream.count == 1)
        #expect(seqs(stream.next(after: 40, limit: 9)) == [41])
    }

    @Test("a gap forgets what was before it, and old events change nothing")
    func gap() {
        var stream = StreamState(epoch: "1")
        stream.append(frame(1), seq: 1)
        stream.append(frame(1), seq: 1)
        stream.append(frame(5), seq: 5)
        #expect(stream.count == 1)
        #expect(seqs(stream.next(after: 4, limit: 9)) == [5])
        #expect(seqs(stream.next(after: 1, limit: 9)) == nil)
    }

    /// Every event in every phase.
    @Test("a reader goes from each phase where the table says")
    func reader() throws {
        func state(_ phase: ReaderState.Phase) -> ReaderState {
            var state = ReaderState()
            switch phase {
            case .keepingUp: break
            case .slow: _ = state.offered(accepted: true, queued: .max)
            case .full: _ = state.offered(accepted: false, queued: 0)
            case .over: _ = state.lost()
            }
            return state
        }
        let few = ReaderState.comfortable
        let table:
            [(
                ReaderState.Phase, String, (inout ReaderState) -> ReaderState.Action, ReaderState.Phase,
                ReaderState.Action
            )] = [
                (.keepingUp, "takes", { $0.offered(accepted: true, queued: few) }, .keepingUp, .nothing),
                (.keepingUp, "takes, much waits", { $0.offered(accepted: true, queued: few + 1) }, .slow, .awaitDrain),
                (.keepingUp, "has no room", { $0.offered(accepted: false, queued: few) }, .full, .awaitDrain),
                (.keepingUp, "drains", { $0.drained() }, .keepingUp, .nothing),
                (.keepingUp, "stalls", { $0.stalled(queued: few, before: few) }, .keepingUp, .nothing),
                (.keepingUp, "loses", { $0.lost() }, .over, .close),
                (.slow, "takes", { $0.offered(accepted: true, queued: 0) }, .slow, .nothing),
                (.slow, "takes, much waits", { $0.offered(accepted: true, queued: few + 1) }, .slow, .nothing),
                (.slow, "has no room", { $0.offered(accepted: false, queued: few) }, .full, .nothing),
                (.slow, "drains", { $0.drained() }, .keepingUp, .catchUp),
                (.slow, "stalls", { $0.stalled(queued: few, before: few) }, .slow, .awaitDrain),
                (.slow, "loses", { $0.lost() }, .over, .close),
                (.full, "takes", { $0.offered(accepted: true, queued: 0) }, .full, .nothing),
                (.full, "takes, much waits", { $0.offered(accepted: true, queued: few + 1) }, .full, .nothing),
                (.full, "has no room", { $0.offered(accepted: false, queued: few) }, .full, .nothing),
                (.full, "drains", { $0.drained() }, .keepingUp, .catchUp),
                (.full, "took nothing", { $0.stalled(queued: few, before: few) }, .over, .close),
                (.full, "took little", { $0.stalled(queued: few - 1, before: few) }, .full, .awaitDrain),
                (.full, "was not full before", { $0.stalled(queued: few, before: nil) }, .full, .awaitDrain),
                (.full, "loses", { $0.lost() }, .over, .close),
                (.over, "takes", { $0.offered(accepted: true, queued: 0) }, .over, .nothing),
                (.over, "takes, much waits", { $0.offered(accepted: true, queued: few + 1) }, .over, .nothing),
                (.over, "has no room", { $0.offered(accepted: false, queued: few) }, .over, .nothing),
                (.over, "drains", { $0.drained() }, .over, .nothing),
                (.over, "stalls", { $0.stalled(queued: few, before: few) }, .over, .nothing),
                (.over, "loses", { $0.lost() }, .over, .nothing),
            ]
        var moves: Set<String> = []
        for (phase, name, event, end, action) in table {
            if phase != end { moves.insert("\(phase) -> \(end)") }
            var state = state(phase)
            #expect(state.phase == phase)
            #expect(event(&state) == action, "\(phase) \(name)")
            #expect(state.phase == end, "\(phase) \(name)")
            #expect(state.takesEvents == [.keepingUp, .slow].contains(end))
            #expect(state.takesProgress == (end == .keepingUp))
        }
        #expect(Set(try documentation().matches(of: #/(?m)^(\w+ -> \w+) /#).map { String($0.1) }) == moves)
    }

    @Test("a subscription gives nothing before its answer and nothing after its end")
    func subscription() {
        var state = SubscriptionState()
        #expect(state.woken() == .rest)
        #expect(!state.continues(at: 1))
        #expect(state.offered(3, taken: 3) == .rest && state.seq == 0)
        #expect(state.begin(after: 7) == .read)
        #expect(state.begin(after: 9) == .rest && state.seq == 7)
        #expect(state.continues(at: 8) && !state.continues(at: 7) && !state.continues(at: 9))
        #expect(state.offered(3, taken: 3) == .read && state.seq == 10)
        #expect(state.offered(3, taken: 1) == .rest && state.seq == 11)
        state.offered(tick: 4)
        state.offered(tick: 2)
        #expect(state.tick == 4)
        #expect(state.lost() == .resync)
        #expect(state.lost() == .rest && state.woken() == .rest)
        #expect(state.offered(1, taken: 1) == .rest && state.seq == 11)
        // Nobody is told who was told nothing yet.
        var early = SubscriptionState()
        #expect(early.lost() == .rest)
        #expect(early.begin(after: 1) == .rest)
        var canceled = SubscriptionState()
        canceled.end()
        #expect(canceled.begin(after: 1) == .rest && canceled.lost() == .rest)
    }
}
