import Testing
@testable import Tenancy

@Suite("Whether a process has heard all that was said (B1)")
struct BusTrustTests {
    private let start = ContinuousClock.now

    private func trust() -> BusTrust { BusTrust(interval: .seconds(1), name: "me") }

    /// Something that is said and comes back at once.
    private func beat(_ trust: inout BusTrust, at now: ContinuousClock.Instant) -> BusTrust.Action {
        let number = trust.speak(at: now)
        return trust.heard(number, from: "me", at: now)
    }

    @Test("nothing is trusted before the first beat, and all is forgotten then")
    func beginning() {
        var trust = trust()
        #expect(!trust.isTrusted(at: start))
        let first = trust.speak(at: start)
        #expect(trust.heard(first, from: "me", at: start) == .startEmpty)
        #expect(trust.isTrusted(at: start))
    }

    @Test("two missed beats end the trust, and the next one begins it empty")
    func missed() {
        var trust = trust()
        for second in 0...1 {
            let now = start + .seconds(second)
            let action = beat(&trust, at: now)
            #expect(action == (second == 0 ? .startEmpty : .carryOn))
        }
        #expect(trust.isTrusted(at: start + .seconds(3)))
        #expect(!trust.isTrusted(at: start + .milliseconds(3_001)))
        let late = start + .seconds(10)
        let action = beat(&trust, at: late)
        #expect(action == .startEmpty)
        #expect(trust.isTrusted(at: late))
    }

    @Test("a beat that comes back late is as old as when it was said: a bus that lags is not trusted")
    func lag() {
        var trust = trust()
        _ = beat(&trust, at: start)
        var late: [UInt64] = []
        for second in 1...5 { late.append(trust.speak(at: start + .seconds(second))) }
        // Each arrives in order and nothing is missing, four seconds behind.
        for (index, number) in late.enumerated() {
            let now = start + .seconds(index + 5)
            _ = trust.heard(number, from: "me", at: now)
            #expect(!trust.isTrusted(at: now), "\(index)")
        }
        let now = start + .seconds(11)
        let action = beat(&trust, at: now)
        #expect(action == .startEmpty)
        #expect(trust.isTrusted(at: now))
    }

    @Test("a number that does not follow the one before means that something was missed, whoever said it")
    func gap() {
        var trust = trust()
        _ = beat(&trust, at: start)
        #expect(trust.heard(1, from: "other", at: start) == .carryOn)
        #expect(trust.heard(2, from: "other", at: start) == .carryOn)
        #expect(trust.heard(4, from: "other", at: start) == .startEmpty)
        // It has started empty; the one that was overtaken says nothing more.
        #expect(trust.heard(3, from: "other", at: start) == .carryOn)
        #expect(trust.heard(5, from: "other", at: start) == .carryOn)
        // Somebody who has long been speaking: what was said before is not known.
        #expect(trust.heard(40, from: "third", at: start) == .startEmpty)
        _ = trust.speak(at: start)
        let action = beat(&trust, at: start)
        #expect(action == .startEmpty)
    }

    @Test("a new connection ends the trust at once")
    func reconnected() {
        var trust = trust()
        _ = beat(&trust, at: start)
        #expect(trust.reconnected() == .startEmpty)
        #expect(!trust.isTrusted(at: start))
        let action = beat(&trust, at: start)
        #expect(action == .startEmpty)
        #expect(trust.isTrusted(at: start))
    }

    @Test("a flood of names takes no more room than a few")
    func names() {
        var trust = trust()
        _ = beat(&trust, at: start)
        for number in 0..<1_000 { _ = trust.heard(1, from: "name \(number)", at: start) }
        #expect(trust.heard(7, from: "name 0", at: start) == .startEmpty)
    }
}
