import Storage
import Testing

@testable import RedisStore

@Suite("State of a link")
struct LinkStateTests {
    private typealias State = LinkState<String, Int>

    private func shown(_ answer: State.Answer) -> String {
        switch answer {
        case .use(let connection): "use \(connection)"
        case .wait: "wait"
        case .refuse(let error): "refuse \(error)"
        case .closed: "closed"
        case .full: "full"
        }
    }

    @Test("calls wait for the first attempt, fail at once after it failed, and use a connection when there is one")
    func phases() {
        var state = State(waiterLimit: 2)
        #expect(shown(state.request(1, 1)) == "wait")
        #expect(shown(state.request(2, 2)) == "wait")
        #expect(shown(state.request(3, 3)) == "full")
        #expect(state.giveUp(2) == 2)
        #expect(state.giveUp(2) == nil)
        #expect(state.failed(StorageError(.unavailable, "down")) == [1])
        #expect(shown(state.request(4, 4)) == "refuse down")
        #expect(state.connected("A") == [])
        #expect(state.current == "A")
        #expect(shown(state.request(5, 5)) == "use A")
        state.lost()
        #expect(state.current == nil)
        #expect(shown(state.request(6, 6)) == "wait")
        #expect(state.connected("B") == [6])
    }

    @Test("a closed link stays closed")
    func closing() {
        var state = State(waiterLimit: 2)
        _ = state.request(1, 1)
        #expect(state.close().1 == [1])
        #expect(state.isClosed)
        #expect(state.connected("late") == nil)
        state.lost()
        #expect(state.failed(StorageError(.unavailable, "down")) == [])
        #expect(shown(state.request(2, 2)) == "closed")
    }
}
