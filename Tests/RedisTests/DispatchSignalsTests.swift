import Storage
import Testing

@testable import RedisStore

@Suite("Signals of the index")
struct DispatchSignalsTests {
    @Test("a listener who comes late hears of a loss, however many offers came after it, and of little more")
    func loss() async {
        let signals = DispatchSignals()
        let (first, second) = (signals.stream(), signals.stream())
        signals.send(.reconnected)
        for _ in 0..<100 { signals.send(.offered) }
        signals.finish()
        for stream in [first, second] {
            var heard: [DispatchSignal] = []
            for await signal in stream { heard.append(signal) }
            #expect(heard.sorted { "\($0)" < "\($1)" } == [.offered, .reconnected])
        }
        for await signal in signals.stream() { Issue.record("\(signal) after the end") }
    }
}
