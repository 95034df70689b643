import Logging
import Metrics
import Model
package import Storage
import Synchronization

/// Remembers sessions, so that nearly no request asks the database who is calling: first in this process, then in a cache
/// that all processes share.
///
/// What ended is forgotten everywhere before its end is answered. A process that does not hear the bus asks the database, so
/// an ended session works nowhere for longer than two heartbeats.
package final class SessionCache: Sendable {
    /// How much and how long it remembers.
    package struct Settings: Sendable {
        /// Whether it remembers anything: `DISABLE_SESSION_CACHE`.
        package var isEnabled: Bool = true
        /// How long a session is remembered at most, and so how old what is known of it may be.
        package var lifetime: Duration = .seconds(300)
        /// How long a token is remembered that is no session's.
        package var unknownLifetime: Duration = .seconds(5)
        /// How many sessions one process remembers.
        package var capacity: Int = 100_000
        /// How often the bus is tried; an end is seen everywhere within twice that.
        package var heartbeat: Duration = .milliseconds(400)

        package init() {}
    }

    private struct State {
        var isEnabled: Bool
        var trust: BusTrust
        /// Until then the shared cache may hold what has ended.
        var avoidSharedUntil: ContinuousClock.Instant?
    }

    private let settings: Settings
    private let local: LocalSessions
    private let shared: (any SharedCache)?
    private let bus: any InvalidationBus
    private let database: any SQLDatabase
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state: Mutex<State>
    private let subscription: Mutex<(any BusSubscription)?> = Mutex(nil)
    private let counters = Counters()

    /// What is announced through the database when the bus takes nothing.
    private static let emergency = "sessions-ended"
    /// A fill that takes longer is dropped: stamps of the shared cache last at least a minute.
    private static let fillLimit: Duration = .seconds(30)

    /// - Parameters:
    ///   - shared: what all processes share; nil for a server that is one process.
    ///   - database: carries the word when the bus does not.
    ///   - now: the clock; a test moves it.
    package init(
        settings: Settings = .init(), shared: (any SharedCache)? = nil, bus: any InvalidationBus = LocalBus(),
        database: any SQLDatabase, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.settings = settings
        self.shared = shared
        self.bus = bus
        self.database = database
        self.now = now
        local = LocalSessions(capacity: settings.capacity)
        let name = String(OpaqueToken().digest.text.prefix(16))
        state = Mutex(State(isEnabled: settings.isEnabled, trust: BusTrust(interval: settings.heartbeat, name: name)))
        let subscribed = bus.subscribe { [weak self] event in self?.hear(event) }
        subscription.withLock { $0 = subscribed }
    }

    /// Whether it remembers anything.
    package var isEnabled: Bool { state.withLock { $0.isEnabled } }

    /// Whether this process hears the bus, so that it may use what it remembers.
    package var isTrusted: Bool {
        let now = now()
        return bus.losesNothing || state.withLock { $0.trust.isTrusted(at: now) }
    }

    /// Turns it off or on while the server runs; off, every request asks the database.
    package func setEnabled(_ isEnabled: Bool) {
        state.withLock { $0.isEnabled = isEnabled }
        local.removeAll()
    }

    /// The caller who shows a session's token or an API key: from memory, from the shared cache, or by `fill`, which asks the
    /// database.
    ///
    /// - Parameter fill: returns the caller and how long that holds if it is not used again; nil when there is none.
    func caller(
        _ key: SessionKey, fill: () async throws -> (caller: Authenticated, remaining: Duration)?
    ) async throws -> Authenticated? {
        let began = now()
        let (mayRemember, mayShare) = access(at: began)
        guard mayRemember else {
            counters.database.increment()
            return try await fill()?.caller
        }
        switch local.find(key, at: began) {
        case .live(let session):
            counters.local.increment()
            return session
        case .none:
            counters.local.increment()
            return nil
        case .missing: break
        }
        let ticket = local.ticket
        var stamp: String?
        if mayShare, let shared {
            // Without the shared cache the database answers; it counts its own failures.
            let entry = try? await shared.read(key.shared)
            if let value = entry?.value, let session = Authenticated(shared: value.text) {
                counters.shared.increment()
                remember(session, key, for: min(settings.lifetime, value.remaining), ticket)
                return session
            }
            stamp = entry?.stamp
        }
        counters.database.increment()
        guard let (session, remaining) = try await fill() else {
            local.storeUnknown(key, until: now() + settings.unknownLifetime, now: now())
            return nil
        }
        let lifetime = min(settings.lifetime, remaining)
        if remember(session, key, for: lifetime, ticket), let shared, let stamp, now() - began < Self.fillLimit {
            let isFilled = try? await shared.fill(
                key.shared, with: session.sharedText, lasting: lifetime, ifStill: stamp)
            if isFilled == false { counters.staleFills.increment() }
        }
        return session
    }

    /// Forgets sessions that have ended, in every process. Returns when all that can be done has been done, so that the
    /// caller's answer comes after it.
    func forget(_ keys: [SessionKey], logger: Logger) async {
        guard !keys.isEmpty else { return }
        local.remove(keys)
        do {
            // Without cancellation: the change is committed, and a caller who left does not undo it.
            try await Task { [shared] in
                for keys in keys.inPieces(of: 100) {
                    try await shared?.invalidate(keys.map(\.shared))
                    try await say("forget", keys.map(\.shared))
                }
            }.value
        } catch {
            counters.publishFailures.increment()
            logger.error(
                "the end of sessions could not be published; the database carries it",
                metadata: ["keys": "\(keys.count)", "reason": "\(error)"])
            await raiseEmergency(logger)
        }
    }

    /// Beats, and listens for what the database carries, until the task is cancelled.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [weak self, database] in
                for await _ in database.signals(for: Self.emergency) { self?.hearEmergency() }
            }
            if !bus.losesNothing {
                group.addTask { [settings] in
                    while !Task.isCancelled {
                        // A beat that fails is one that is not heard.
                        try? await self.beat()
                        try? await Task.sleep(for: settings.heartbeat)
                    }
                }
            }
        }
    }

    /// Publishes one beat; heard again, it proves that this process hears everything.
    package func beat() async throws(StorageError) {
        try await say("beat")
    }

    // MARK: The bus

    /// A message is a word, who says it, its number, and what it is about.
    private func say(_ word: String, _ about: [String] = []) async throws(StorageError) {
        let now = now()
        let (name, number) = state.withLock { ($0.trust.name, $0.trust.speak(at: now)) }
        try await bus.publish(([word, name, String(number)] + about).joined(separator: " "))
    }

    private func hear(_ event: BusEvent) {
        switch event {
        case .subscribed:
            state.withLock { state in
                if state.trust.reconnected() == .startEmpty { local.removeAll() }
            }
        case .message(let text):
            let words = text.split(separator: " ")
            guard words.count >= 3, ["beat", "forget"].contains(words[0]), let number = UInt64(words[2]) else { return }
            let now = now()
            // Emptied under the lock, so that nobody trusts what is about to go.
            state.withLock { state in
                if state.trust.heard(number, from: String(words[1]), at: now) == .startEmpty { local.removeAll() }
            }
            if words[0] == "forget" { local.remove(words.dropFirst(3).compactMap { SessionKey(shared: $0) }) }
        }
    }

    /// Makes every process forget everything, through the database; for when it is not known what has ended.
    func raiseEmergency(_ logger: Logger) async {
        hearEmergency()
        do {
            // Without cancellation, and awaited here: whoever gave up asking must not leave others with what has ended.
            try await Task { [database] in try await database.announce(Self.emergency) }.value
        } catch {
            logger.critical(
                "neither the bus nor the database could carry the end of sessions",
                metadata: ["reason": "\(error)"])
        }
    }

    private func hearEmergency() {
        let until = now() + settings.lifetime
        state.withLock { $0.avoidSharedUntil = until }
        local.removeAll()
    }

    // MARK: Remembering

    /// Whether this process may use its own memory, and the shared one.
    private func access(at now: ContinuousClock.Instant) -> (local: Bool, shared: Bool) {
        state.withLock { state in
            guard state.isEnabled, bus.losesNothing || state.trust.isTrusted(at: now) else { return (false, false) }
            return (true, state.avoidSharedUntil.map { now >= $0 } ?? true)
        }
    }

    @discardableResult
    private func remember(_ session: Authenticated, _ key: SessionKey, for lifetime: Duration, _ ticket: UInt64) -> Bool
    {
        let now = now()
        guard local.store(session, key, until: now + lifetime, ticket: ticket, now: now) else {
            counters.staleFills.increment()
            return false
        }
        return true
    }

    private struct Counters: Sendable {
        let local = Counter(label: MetricNames.sessionLookups, dimensions: [("from", "local")])
        let shared = Counter(label: MetricNames.sessionLookups, dimensions: [("from", "shared")])
        let database = Counter(label: MetricNames.sessionLookups, dimensions: [("from", "database")])
        let staleFills = Counter(label: MetricNames.sessionStaleFills)
        let publishFailures = Counter(label: MetricNames.sessionPublishFailures)
    }
}

extension Array {
    fileprivate func inPieces(of size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
