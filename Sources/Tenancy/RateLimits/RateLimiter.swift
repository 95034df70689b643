package import Endpoints
package import Logging
import Metrics
import Model
package import Storage
import Synchronization

/// Counts the calls of each caller against the limit of their class, across all nodes that share a store.
///
/// While the store is away, sign-in is refused and every other class is counted here, against this node's share of the
/// limit: together the nodes still let no more through than one limit.
package final class RateLimiter: Sendable {
    private let store: any RateWindows
    private let limits: RateLimits
    private let nodes: Int
    private let local: MemoryRateWindows
    private let logger: Logger
    private let now: @Sendable () -> ContinuousClock.Instant
    /// Until then the store is not asked again.
    private let distrust: Mutex<ContinuousClock.Instant?> = Mutex(nil)

    /// How long after a failure the store is left alone, so that not every call waits for it.
    private static let pause: Duration = .seconds(1)

    /// - Parameters:
    ///   - nodes: how many processes share the store, at most.
    ///   - local: counts while the store is away.
    package init(
        store: any RateWindows, limits: RateLimits, nodes: Int = 1, local: MemoryRateWindows = MemoryRateWindows(),
        logger: Logger, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.store = store
        self.limits = limits
        self.nodes = max(1, nodes)
        self.local = local
        self.logger = logger
        self.now = now
    }

    /// Counts a call.
    ///
    /// - Parameter caller: whose calls count together: a person in a workspace, or a network address.
    /// - Returns: where the caller stands; nil for a class without a limit.
    /// - Throws: ``RateRefusal``; `Problem` while nobody can count calls of a class that must be counted.
    package func admit(_ rateClass: Endpoint.RateClass, from caller: String) async throws -> RateStanding? {
        guard let bound = limits[rateClass] else { return nil }
        let admission = try await admission(
            of: "\(rateClass.rawValue):\(caller)", as: rateClass.rawValue, within: bound,
            mustBeCounted: rateClass.refusesWhenUncounted)
        let standing = RateStanding(rateClass: rateClass, bound: bound, admission: admission)
        guard admission.isAdmitted else {
            Counter(label: MetricNames.rateRefusals, dimensions: [("class", rateClass.rawValue)]).increment()
            throw RateRefusal(standing: standing)
        }
        return standing
    }

    /// Whether something that is no call, such as a letter, may happen once more; counted as calls are.
    package func allows(_ name: String, for whom: String, within bound: RateBound) async throws -> Bool {
        try await admission(of: "\(name):\(whom)", as: name, within: bound, mustBeCounted: false).isAdmitted
    }

    private func admission(
        of key: String, as name: String, within bound: RateBound, mustBeCounted: Bool
    ) async throws -> RateAdmission {
        if isTrusted {
            do {
                return try await store.admit(key, within: bound)
            } catch {
                if error.code == .canceled { throw error }
                if error.code == .limited { return Self.noRoom(bound) }
                lose(error)
            }
        }
        Counter(label: MetricNames.rateUncounted, dimensions: [("class", name)]).increment()
        guard !mustBeCounted else {
            throw Problem(
                .unavailable,
                "Signing in is paused: the server cannot count attempts right now. Try again in a moment.",
                retryAfter: .seconds(5))
        }
        let share = RateBound(calls: max(1, bound.calls / nodes), window: bound.window)
        do {
            return try await local.admit(key, within: share)
        } catch {
            return Self.noRoom(share)
        }
    }

    /// Whoever is new while the store counts as many callers as it can is refused, and nobody else: a flood of new names
    /// neither loosens the limits of those who are counted nor passes uncounted.
    private static func noRoom(_ bound: RateBound) -> RateAdmission {
        RateAdmission(isAdmitted: false, remaining: 0, next: bound.window)
    }

    private var isTrusted: Bool {
        let now = now()
        return distrust.withLock { $0.map { $0 <= now } ?? true }
    }

    private func lose(_ error: StorageError) {
        let until = now() + Self.pause
        let isNew = distrust.withLock { distrust in
            defer { distrust = until }
            return distrust == nil || (distrust.map { $0 + Self.pause * 5 < until } ?? true)
        }
        if isNew {
            logger.warning(
                "rate limits are counted by each node alone: their store failed", metadata: ["error": "\(error)"])
        }
    }
}

/// Where a caller stands after a call.
package struct RateStanding: Hashable, Sendable {
    package let rateClass: Endpoint.RateClass
    package let bound: RateBound
    package let admission: RateAdmission

    /// The headers of draft-ietf-httpapi-ratelimit-headers, and Retry-After for a call that was refused.
    package var headers: [String: String] {
        let window = max(1, bound.window.components.seconds)
        var headers = [
            "RateLimit-Policy": "\"\(rateClass.rawValue)\";q=\(bound.calls);w=\(window)",
            "RateLimit": "\"\(rateClass.rawValue)\";r=\(admission.remaining);t=\(seconds)",
        ]
        if !admission.isAdmitted { headers["Retry-After"] = String(max(1, seconds)) }
        return headers
    }

    /// Whole seconds until the next call leaves the window, rounded up: whoever waits so long is not early.
    private var seconds: Int64 { (max(0, admission.next.microseconds) + 999_999) / 1_000_000 }
}

/// A caller called too often.
package struct RateRefusal: Error, Hashable, Sendable {
    package let standing: RateStanding

    /// The refusal for the caller.
    package var problem: Problem {
        let window = standing.bound.window.components.seconds
        let time = [1: "second", 60: "minute", 3_600: "hour"][window] ?? "\(window) seconds"
        return Problem(
            .tooMany,
            """
            At most \(standing.bound.calls) calls of the class '\(standing.rateClass.rawValue)' are served in any \(time). \
            The header Retry-After says when to try again.
            """, retryAfter: standing.admission.next + .milliseconds(999))
    }
}
