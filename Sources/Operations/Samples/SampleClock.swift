package import Model

/// Time as measuring needs it; tests move it.
package struct SampleClock: Sendable {
    /// This machine's wall clock.
    let now: @Sendable () -> Timestamp
    /// A clock that never jumps.
    let instant: @Sendable () -> ContinuousClock.Instant
    /// Returns after a time, or when the task is cancelled.
    let pause: @Sendable (Duration) async -> Void

    package init(
        now: @escaping @Sendable () -> Timestamp, instant: @escaping @Sendable () -> ContinuousClock.Instant,
        pause: @escaping @Sendable (Duration) async -> Void
    ) {
        self.now = now
        self.instant = instant
        self.pause = pause
    }

    /// The system's.
    package static let system: SampleClock = .init(
        now: { .now }, instant: { .now }, pause: { try? await Task.sleep(for: $0) })

    /// Returns a moment after the next full second of a clock that is ahead of this one.
    ///
    /// - Returns: false when the task was cancelled.
    func sleepUntilNextSecond(ahead lead: Duration) async -> Bool {
        let now = now() + lead
        let next = now.floor(to: .seconds(1)) + .milliseconds(1_005)
        await pause(next - now)
        return !Task.isCancelled
    }
}
