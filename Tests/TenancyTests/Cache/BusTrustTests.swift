import Testing
@testable import Tenancy

@Suite("Whether a process still hears the bus (B1)")
struct BusTrustTests {
    private let start = ContinuousClock.now

    @Test("nothing is trusted before the first beat, and all is forgotten then")
    func beginning() {
        var trust = BusTrust(interval: .seconds(1))
        #expect(!trust.isTrusted(at: start))
        #expect(trust.heardBeat(at: start) == .startEmpty)
        #expect(trust.isTrusted(at: start))
    }

    @Test("two missed beats end the trust, and the next one begins it empty")
    func missed() {
        var trust = BusTrust(interval: .seconds(1))
        _ = trust.heardBeat(at: start)
        #expect(trust.heardBeat(at: start + .seconds(1)) == .carryOn)
        #expect(trust.isTrusted(at: start + .seconds(3)))
        #expect(!trust.isTrusted(at: start + .milliseconds(3_001)))
        #expect(trust.heardBeat(at: start + .seconds(10)) == .startEmpty)
        #expect(trust.isTrusted(at: start + .seconds(10)))
    }

    @Test("a new connection ends the trust at once")
    func reconnected() {
        var trust = BusTrust(interval: .seconds(1))
        _ = trust.heardBeat(at: start)
        #expect(trust.reconnected() == .startEmpty)
        #expect(!trust.isTrusted(at: start))
        #expect(trust.heardBeat(at: start) == .startEmpty)
    }
}
