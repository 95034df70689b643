import Engine
import Model
import Testing

@Suite("A2: when a failed job runs again")
struct RetryPolicyTests {
    private let policy = RetryPolicy(base: .seconds(2), cap: .seconds(60))

    @Test("the delay lies between nothing and the doubled backoff", arguments: 1...40)
    func staysWithinBounds(attempt: Int) {
        var random = SystemRandomNumberGenerator()
        let bound = min(.seconds(2) * (1 << min(attempt - 1, 10)), Duration.seconds(60))
        for _ in 0..<200 {
            let delay = policy.delay(afterAttempt: attempt, using: &random)
            #expect(delay >= .zero && delay <= bound)
        }
    }

    @Test("jobs that failed together spread evenly")
    func jitterIsFull() {
        var random = SystemRandomNumberGenerator()
        let delays = (0..<2_000).map { _ in policy.delay(afterAttempt: 6, using: &random).fractionalSeconds }
        for quarter in 0..<4 {
            let bounds = Double(quarter) * 15..<Double(quarter + 1) * 15
            // Of 2,000 draws 500 are expected in each quarter; 6 standard deviations are 116.
            #expect(abs(delays.count(where: bounds.contains) - 500) < 120)
        }
    }

    @Test("never before the time that the other side asked for")
    func retryAfterIsObeyed() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<100 {
            #expect(policy.delay(afterAttempt: 1, retryAfter: .seconds(90), using: &random) >= .seconds(90))
        }
    }
}
