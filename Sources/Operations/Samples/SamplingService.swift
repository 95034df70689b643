package import Logging
package import Model
package import Storage
import Synchronization

/// Measures this process and its machine each second, remembers it, and tells what all nodes measured.
///
/// Measuring asks no database, so a database that is away leaves no gap; what it cannot take meanwhile waits for ten minutes.
package final class SamplingService: Sendable {
    /// How this process measures.
    package struct Settings: Sendable {
        /// Whether it measures from the start.
        package var isOn: Bool
        package var retention: SampleRetention
        /// How far the machine's clock may seem off the database's before it is corrected: answers take their time.
        package var clockTolerance: Duration

        package init(
            isOn: Bool = true, retention: SampleRetention = SampleRetention(),
            clockTolerance: Duration = .milliseconds(100)
        ) {
            self.isOn = isOn
            self.retention = retention
            self.clockTolerance = clockTolerance
        }
    }

    /// What is measured.
    package struct Sources: Sendable {
        let registry: MetricRegistry
        let files: SystemFiles
        let users: ActiveUsers
        let statistics: any JobStatistics
        let checks: [HealthReading]

        /// - Parameter checks: beside that of the database.
        package init(
            registry: MetricRegistry, files: SystemFiles, users: ActiveUsers, statistics: any JobStatistics,
            checks: [HealthReading] = []
        ) {
            self.registry = registry
            self.files = files
            self.users = users
            self.statistics = statistics
            self.checks = checks
        }
    }

    private struct State {
        var isOn: Bool
        var sampler = Sampler()
        var name: String?
        /// How far the database's clock is ahead of this machine's.
        var clockLead = Duration.zero
        var lastSecond: Timestamp?
        var facts: QueueFacts?
        var health: [Gauge: Double] = [:]
        var followers = 0
    }

    private let state: Mutex<State>
    private let sources: Sources
    private let clock: SampleClock
    private let logger: Logger
    let node: Node
    let live = LiveSamples()
    let peers = PeerSeconds()
    let settings: Settings
    let rollups: RollupStore
    let nodeStore: NodeStore
    let board: FactBoard

    package init(
        _ node: Node, _ sources: Sources, on database: any SQLDatabase, settings: Settings = Settings(),
        clock: SampleClock = .system, logger: Logger
    ) {
        self.node = node
        self.sources = sources
        self.settings = settings
        self.clock = clock
        self.logger = logger
        state = Mutex(State(isOn: settings.isOn))
        rollups = RollupStore(database: database)
        nodeStore = NodeStore(database: database)
        board = FactBoard(database: database, statistics: sources.statistics)
    }

    /// Measures until the task is cancelled; then stores what is left.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.measure() }
            group.addTask { await self.check() }
            group.addTask { await self.keep() }
        }
        live.finish()
        // Awaited here; this task is cancelled already, and the last seconds are still to be stored.
        await Task { await self.leave() }.value
    }

    /// Whether it measures.
    package var isOn: Bool { state.withLock { $0.isOn } }

    /// Begins or ends measuring, for this process.
    package func turn(on isOn: Bool) {
        state.withLock { state in
            if isOn, !state.isOn { state.sampler = Sampler() }
            state.isOn = isOn
        }
    }

    /// What this node is called; nil before the database gave it a name.
    package var name: String? { state.withLock { $0.name } }

    /// The database's clock, as far as it is known.
    package var now: Timestamp { clock.now() + state.withLock { $0.clockLead } }

    /// Every process that measures or did.
    func nodes() async throws(StorageError) -> [NodeStatus] { try await nodeStore.all() }

    /// The past.
    var history: SampleHistory {
        SampleHistory(
            store: rollups, retention: settings.retention, unstored: { [self] in unstoredEntries },
            now: { [self] in now })
    }

    private var unstoredEntries: [RollupStore.Entry] {
        guard let name else { return [] }
        return live.unstored.map { RollupStore.Entry(at: $0.at, node: name, rollup: $0.rollup) }
    }

    // MARK: Each second

    private func measure() async {
        while await clock.sleepUntilNextSecond(ahead: state.withLock { $0.clockLead }) { tick() }
    }

    /// Takes the sample of the second that has just ended, unless measuring is off.
    func tick() {
        guard isOn else { return }
        let instant = clock.instant()
        let system = sources.files.read()
        let registry = RegistryReading(sources.registry)
        let users = sources.users.seen(at: instant)
        let sample = state.withLock { state -> Sample? in
            let second = (clock.now() + state.clockLead).floor(to: .seconds(1)) + .seconds(-1)
            // A clock that was put back a little gives a second twice; the next reading covers both.
            if let last = state.lastSecond, second <= last, last - second < .seconds(5) { return nil }
            state.lastSecond = second
            let reading = Sampler.Reading(
                instant: instant, system: system, registry: registry, users: users, facts: state.facts,
                health: state.health)
            guard let rollup = state.sampler.take(reading) else { return nil }
            return Sample(at: second, rollup: rollup)
        }
        if let sample { live.append(sample) }
    }

    // MARK: Each five seconds

    private func check() async {
        await withTaskGroup(of: Void.self) { group in
            for reading in checks {
                group.addTask {
                    while !Task.isCancelled {
                        if self.isOn { await self.ask(reading) }
                        await self.clock.pause(.seconds(5))
                    }
                }
            }
        }
    }

    /// Asks everything that this process depends on once whether it is there.
    func readHealth() async {
        await withTaskGroup(of: Void.self) { group in
            for reading in checks { group.addTask { await self.ask(reading) } }
        }
    }

    private var checks: [HealthReading] {
        let database = HealthReading(.databaseUp) { [rollups] in
            _ = try await rollups.database.read { connection throws(StorageError) in
                try connection.row("SELECT 1 AS one").integer("one")
            }
        }
        return [database] + sources.checks
    }

    private func ask(_ reading: HealthReading) async {
        let began = clock.instant()
        await reading.ask(clock) { isUp in
            let latency = began.duration(to: clock.instant()).fractionalSeconds * 1_000
            state.withLock { state in
                state.health[reading.gauge] = isUp ? 1 : 0
                if reading.gauge == .databaseUp { state.health[.databaseLatency] = isUp ? latency : nil }
            }
        }
    }

    // MARK: From time to time

    private func keep() async {
        var upkeep = SampleUpkeep()
        while !Task.isCancelled {
            let isFollowed = state.withLock { $0.followers > 0 }
            for task in upkeep.due(at: clock.instant(), isOn: isOn, isFollowed: isFollowed) {
                do {
                    let isWatched = try await perform(task)
                    upkeep.ended(task, isWatched: isWatched)
                } catch {
                    guard !Task.isCancelled, upkeep.shallComplain(at: clock.instant()) else { continue }
                    logger.warning(
                        "what was measured could not be stored or read; it is tried again",
                        metadata: ["task": "\(task.rawValue)", "error": "\(error)"])
                }
            }
            await clock.pause(.seconds(1))
        }
    }

    /// Does one of the things that the database is needed for.
    ///
    /// - Returns: whether somebody looks at the newest seconds of all nodes, where the task found that out.
    func perform(_ task: SampleUpkeep.Task) async throws -> Bool? {
        switch task {
        case .sign: try await sign()
        case .facts:
            let content = try await board.read(clock: clock.instant)
            state.withLock { state in
                state.facts = content.facts
                learn(content.now, &state)
            }
            return content.isWatched
        case .store: try await store()
        case .peers:
            // Now and then: who else is there, and do they know that somebody looks?
            if peers.shallLook(at: clock.instant()) {
                let (others, own) = (try await nodeStore.all(), name)
                peers.names = Set(others.filter { $0.isAlive && $0.name != own }.map(\.name))
                if !peers.names.isEmpty { try await board.watch() }
            }
            try await peers.read(from: rollups, besides: name, at: now)
        case .sweep:
            let now = now
            try await rollups.condenseMissing(
                .minutes, from: now + (.zero - settings.retention.seconds), to: now + .seconds(-90))
            try await rollups.condenseMissing(
                .hours, from: now + (.zero - settings.retention.minutes), to: now + .seconds(-300))
            try await rollups.removeOld(settings.retention, at: now)
            try await nodeStore.removeOld(settings.retention.hours)
        }
        return nil
    }

    private func sign() async throws(StorageError) {
        if let name, let now = try await nodeStore.stay(name, node) {
            return state.withLock { learn(now, &$0) }
        }
        let entered = try await nodeStore.enter(node)
        state.withLock { state in
            state.name = entered.name
            learn(entered.now, &state)
        }
    }

    /// Learns the database's time.
    private func learn(_ time: Timestamp, _ state: inout State) {
        let lead = time - clock.now()
        let change = lead - state.clockLead
        if change > settings.clockTolerance || .zero - change > settings.clockTolerance { state.clockLead = lead }
    }

    /// Stores the seconds that are not stored yet, and makes the minutes that ended with them.
    private func store() async throws(StorageError) {
        let samples = live.unstored
        guard let name, let newest = samples.last else { return }
        try await rollups.add(samples, of: name)
        live.stored(through: newest)
        let (minute, hour) = (Resolution.minutes.step, Resolution.hours.step)
        let now = now
        // The minute before the first of them may have ended since the last time.
        var minutes = Set(samples.map { $0.at.floor(to: minute) })
        if let first = samples.first { minutes.insert(first.at.floor(to: minute) + .seconds(-60)) }
        for at in minutes.sorted() where at + minute <= now {
            try await rollups.condense(.minutes, at: at, of: name)
            // One that comes late belongs into an hour that was made without it.
            let whole = at.floor(to: hour)
            if now - (whole + hour) > .seconds(240) { try await rollups.condense(.hours, at: whole, of: name) }
        }
    }

    private func leave() async {
        do {
            try await store()
            if let name { try await nodeStore.leave(name, node) }
        } catch {
            logger.warning("the last seconds that were measured are lost", metadata: ["error": "\(error)"])
        }
    }

    // MARK: Followers

    /// Runs while somebody looks at the newest seconds.
    func follow() -> Follower { Follower(self) }

    /// Counts as somebody who looks, for as long as it lives.
    final class Follower: Sendable {
        private let sampling: SamplingService

        fileprivate init(_ sampling: SamplingService) {
            self.sampling = sampling
            sampling.state.withLock { $0.followers += 1 }
        }

        deinit { sampling.state.withLock { $0.followers -= 1 } }
    }
}
