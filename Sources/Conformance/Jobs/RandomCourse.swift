import Model
import Storage

/// One run of a ``RandomTrial``: the store, the model, and the steps.
struct RandomCourse {
    /// What the model knows of a job.
    private struct Known {
        var lifecycle: JobLifecycle
        let workspace: WorkspaceID
        let kind: String
        let caps: [CapKey]
        var dueAt: Timestamp
        let expiresAt: Timestamp?
        var needs: Set<JobID>
        let whenNeedFails: DependencyPolicy
        var session: WorkerSessionID?
        var isAskedToStop = false

        var lease: Int64 { lifecycle.epoch }
    }

    private static let kinds = ["a", "b"]
    private let trial: JobStoreTrial
    private var random: SeededGenerator
    private var jobs: [JobID: Known] = [:]
    private var order: [JobID] = []
    private var sessions: [WorkerSessionID: Timestamp] = [:]
    private var paused: Set<String> = []
    private var slots: [CapKey: Int] = [:]
    private let workspaces: [WorkspaceID]
    private(set) var history: [String] = []

    init(_ trial: JobStoreTrial, seed: UInt64) {
        self.trial = trial
        random = SeededGenerator(seed: seed)
        workspaces = [trial.workspace, WorkspaceID(), WorkspaceID()]
    }

    mutating func step() async throws {
        keepClearOfDates()
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<22: try await submit()
        case 22..<45: try await claim()
        case 45..<68: try await finish()
        case 68..<72: try await finishStale()
        case 72..<78: try await cancel()
        case 78..<82: try await replay()
        case 82..<85: try await togglePause()
        case 85..<88: try await setCap()
        case 88..<92: try await openOrRenew()
        default: try await pass()
        }
        try await compare()
    }

    private var now: Timestamp { trial.clock.now }

    /// The database's clock runs on while the model looks at it; so nothing may be due at this very moment.
    private func keepClearOfDates() {
        var dates = Array(sessions.values)
        for job in jobs.values where !job.lifecycle.state.isTerminal {
            dates.append(job.dueAt)
            if let expiry = job.expiresAt { dates.append(expiry) }
        }
        while dates.contains(where: { $0 - now > .seconds(-2) && $0 - now < .seconds(2) }) {
            trial.clock.advance(by: .milliseconds(700))
        }
    }

    // MARK: Steps

    private mutating func submit() async throws {
        let workspace = pick(workspaces)
        var caps: [Cap] = []
        for name in ["x", "y"] where chance(0.3) {
            guard let key = CapKey(name, in: workspace) else { continue }
            let cap = Cap(key, slots: Int.random(in: 1...3, using: &random))
            caps.append(cap)
            if slots[key] == nil { slots[key] = cap.slots }
        }
        var new: [NewJob] = []
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let candidates = order.suffix(20).filter { jobs[$0]?.workspace == workspace }
            new.append(
                trial.newJob(
                    kind: pick(Self.kinds), priority: Int.random(in: -1...1, using: &random),
                    maxAttempts: Int.random(in: 1...3, using: &random),
                    band: chance(0.3) ? .interactive : .batch,
                    delay: chance(0.2) ? .seconds(Int.random(in: 1...60, using: &random)) : .zero,
                    expiresAfter: chance(0.1) ? .seconds(Int.random(in: 5...90, using: &random)) : nil, caps: caps,
                    needs: chance(0.15) && !candidates.isEmpty ? [pick(candidates)] : [],
                    whenNeedFails: chance(0.5) ? .run : .cancel, in: workspace))
        }
        note("submit \(new.count) to \(new.map(\.kind)) caps \(caps.map { $0.key.text.suffix(1) })")
        let at = now
        _ = try await trial.store.submit(new, maximumDepth: 1_000_000)
        for job in new {
            let open = job.needs.filter { jobs[$0]?.lifecycle.state.isTerminal == false }
            let failed = job.needs.contains { id in
                jobs[id].map { $0.lifecycle.state.isTerminal && $0.lifecycle.state != .succeeded } ?? false
            }
            let isDoomed = failed && job.whenNeedFails == .cancel
            let state: JobState = isDoomed || !open.isEmpty ? .blocked : job.delay > .zero ? .scheduled : .parked
            var known = Known(
                lifecycle: JobLifecycle(entering: state, maxAttempts: job.maxAttempts), workspace: workspace,
                kind: job.kind, caps: caps.map(\.key), dueAt: at + job.delay,
                expiresAt: job.expiresAfter.map { at + $0 }, needs: Set(open), whenNeedFails: job.whenNeedFails)
            if isDoomed { _ = known.lifecycle.handle(.cancel) }
            jobs[job.id] = known
            order.append(job.id)
        }
    }

    private mutating func claim() async throws {
        guard let session = sessions.keys.sorted().randomElement(using: &random) else { return try await openOrRenew() }
        let kinds = chance(0.7) ? Self.kinds : [pick(Self.kinds)]
        let limit = Int.random(in: 1...8, using: &random)
        let claimed = try await trial.store.claim(kinds: kinds, limit: limit, for: session)
        note("claim \(limit) of \(kinds): \(claimed.count)")
        let isLive = (sessions[session] ?? now) > now
        try expect(isLive || claimed.isEmpty, "a lapsed session claimed")
        for leased in claimed {
            guard var known = jobs[leased.job.id] else {
                throw BrokenPromise(description: "an unknown job was claimed")
            }
            try expect(kinds.contains(known.kind), "a job of another kind was claimed")
            try expect(!isPaused(known), "a job of a paused queue was claimed")
            _ = known.lifecycle.handle(.promote)
            guard case .moved = known.lifecycle.handle(.claim) else {
                throw BrokenPromise(description: "a job that is \(known.lifecycle.state.rawValue) was claimed")
            }
            try expect(leased.job.epoch == known.lifecycle.epoch, "its epoch is \(leased.job.epoch)")
            known.session = session
            jobs[leased.job.id] = known
        }
        // An index may have forgotten some while it knows of others; never all.
        guard isLive, claimed.count < limit, trial.index == nil || claimed.isEmpty else { return }
        let left = order.filter { id in
            jobs[id].map { kinds.contains($0.kind) && isWaiting($0) && !isPaused($0) && hasRoom($0) } ?? false
        }
        // A ready job of another kind may hold the slot that this one needs.
        let held = left.filter { id in jobs[id].map { !$0.caps.isEmpty } ?? false }
        try expect(left.count == held.count, "\(left.count - held.count) jobs could have been claimed")
    }

    private mutating func finish() async throws {
        guard let id = leased().randomElement(using: &random), var known = jobs[id] else { return }
        let lease = JobLease(job: id, workspace: known.workspace, epoch: known.lease)
        let delay = Duration.seconds(Int.random(in: 0...30, using: &random))
        let outcome: JobOutcome = pick([
            .succeeded(.emptyObject), .succeeded(.emptyObject), .retry(JobStoreTrial.failure, after: delay),
            .dead(JobStoreTrial.failure), .canceled, .handedBack,
        ])
        note("finish \(outcome)")
        try await trial.store.finish(outcome, under: lease)
        let stop = JobLifecycle.Event.stop(epoch: lease.epoch)
        switch outcome {
        case .succeeded: _ = known.lifecycle.handle(.succeed(epoch: lease.epoch))
        case .retry:
            let fail = JobLifecycle.Event.fail(epoch: lease.epoch, retryable: true)
            _ = known.lifecycle.handle(known.isAskedToStop ? stop : fail)
            known.dueAt = now + delay
            if delay == .zero { _ = known.lifecycle.handle(.due) }
        case .dead: _ = known.lifecycle.handle(.fail(epoch: lease.epoch, retryable: false))
        case .canceled: _ = known.lifecycle.handle(stop)
        case .handedBack: _ = known.lifecycle.handle(known.isAskedToStop ? stop : .handBack(epoch: lease.epoch))
        }
        known.session = nil
        jobs[id] = known
        settle(id)
    }

    private mutating func finishStale() async throws {
        guard let id = order.randomElement(using: &random), let known = jobs[id] else { return }
        let epoch = known.lease + (chance(0.5) ? 1 : -1)
        note("finish under the wrong epoch")
        let lease = JobLease(job: id, workspace: known.workspace, epoch: epoch)
        try await expect(.fenced) { try await trial.store.finish(.succeeded(.emptyObject), under: lease) }
    }

    private mutating func cancel() async throws {
        guard let id = order.suffix(40).randomElement(using: &random), var known = jobs[id] else { return }
        note("cancel one that is \(known.lifecycle.state)")
        _ = try await trial.store.cancel(id, in: known.workspace)
        if case .askOwnerToStop = known.lifecycle.handle(.cancel) { known.isAskedToStop = true }
        jobs[id] = known
        settle(id)
    }

    private mutating func replay() async throws {
        let ended = order.filter { jobs[$0]?.lifecycle.state.isTerminal == true }
        guard let id = ended.randomElement(using: &random), var known = jobs[id] else { return }
        note("replay one that is \(known.lifecycle.state)")
        guard case .moved = known.lifecycle.handle(.replay) else {
            try await expect(.conflict) { _ = try await trial.store.replay(id, in: known.workspace) }
            return
        }
        _ = known.lifecycle.handle(.due)
        _ = try await trial.store.replay(id, in: known.workspace)
        known.isAskedToStop = false
        jobs[id] = Known(
            lifecycle: known.lifecycle, workspace: known.workspace, kind: known.kind, caps: known.caps, dueAt: now,
            expiresAt: nil, needs: [], whenNeedFails: .run)
    }

    private mutating func togglePause() async throws {
        let (workspace, kind) = (pick(workspaces), pick(Self.kinds))
        let queue = "\(workspace) \(kind)"
        let mode: QueueMode = paused.contains(queue) ? .running : .paused
        note("\(mode)")
        try await trial.store.setMode(mode, of: kind, in: workspace)
        if mode == .paused { paused.insert(queue) } else { paused.remove(queue) }
    }

    private mutating func setCap() async throws {
        guard let key = slots.keys.sorted().randomElement(using: &random) else { return }
        let count = Int.random(in: 1...4, using: &random)
        note("cap \(key.text.suffix(1)) = \(count)")
        try await trial.store.setCap(Cap(key, slots: count))
        slots[key] = count
    }

    private mutating func openOrRenew() async throws {
        if sessions.count < 3 || chance(0.2) {
            note("open a session")
            sessions[try await trial.openSession()] = now + JobStoreTrial.lease
            return
        }
        for session in sessions.keys.sorted() where chance(0.7) {
            let renewal = try await trial.store.renewSession(session, lasting: JobStoreTrial.lease)
            let isLive = (sessions[session] ?? now) > now
            note("renew: \(renewal == nil ? "lapsed" : "lasts")")
            try expect((renewal != nil) == isLive, "a session \(isLive ? "ended" : "came back")")
            let held = Set(order.filter { jobs[$0]?.session == session })
            if let renewal { try expect(Set(renewal.notices.map(\.lease.job)) == held, "it holds other jobs") }
            if renewal != nil { sessions[session] = now + JobStoreTrial.lease }
        }
    }

    /// Time passes, and somebody sweeps.
    private mutating func pass() async throws {
        trial.clock.advance(by: .seconds(Int.random(in: 1...12, using: &random)))
        keepClearOfDates()
        note("sweep")
        _ = try await trial.store.sweep()
        if chance(0.2) { try await trial.store.repairIndex() }
        let lapsed = Set(sessions.filter { $0.value <= now }.keys)
        var moved: [JobID] = []
        for id in order {
            guard var known = jobs[id] else { continue }
            if let session = known.session, lapsed.contains(session) {
                _ = known.lifecycle.handle(known.isAskedToStop ? .stop(epoch: known.lease) : .loseWorker)
                if known.lifecycle.state == .scheduled { _ = known.lifecycle.handle(.due) }
                known.session = nil
                moved.append(id)
            } else if known.lifecycle.state == .scheduled, known.dueAt <= now {
                _ = known.lifecycle.handle(.due)
            }
            jobs[id] = known
        }
        for id in moved { settle(id) }
        // All that are late expire, before what that does to others.
        var expired: [JobID] = []
        for id in order {
            guard var known = jobs[id], let expiry = known.expiresAt, expiry <= now else { continue }
            guard case .moved = known.lifecycle.handle(.expire) else { continue }
            jobs[id] = known
            expired.append(id)
        }
        for id in expired { settle(id) }
        for session in lapsed { sessions[session] = nil }
    }

    // MARK: The model

    /// Frees or ends what waited for a job that has ended.
    private mutating func settle(_ ended: JobID) {
        guard let state = jobs[ended]?.lifecycle.state, state.isTerminal else { return }
        for id in order {
            guard var known = jobs[id], known.needs.contains(ended), known.lifecycle.state == .blocked else { continue }
            known.needs.remove(ended)
            if state != .succeeded, known.whenNeedFails == .cancel {
                known.needs = []
                _ = known.lifecycle.handle(.cancel)
                jobs[id] = known
                settle(id)
            } else {
                if known.needs.isEmpty {
                    _ = known.lifecycle.handle(.unblocked)
                    if known.dueAt <= now { _ = known.lifecycle.handle(.due) }
                }
                jobs[id] = known
            }
        }
    }

    private func isPaused(_ job: Known) -> Bool { paused.contains("\(job.workspace) \(job.kind)") }

    private func isWaiting(_ job: Known) -> Bool { job.lifecycle.state == .parked || job.lifecycle.state == .ready }

    private func hasRoom(_ job: Known) -> Bool {
        job.caps.allSatisfy { key in
            let running = order.count { id in
                jobs[id].map { $0.lifecycle.state == .leased && $0.caps.contains(key) } ?? false
            }
            return running < slots[key] ?? 0
        }
    }

    private func leased() -> [JobID] { order.filter { jobs[$0]?.session != nil } }

    private func compare() async throws {
        for workspace in workspaces {
            let stored = try await trial.store.jobs(matching: .init(), in: workspace, before: nil, limit: 100_000)
            for job in stored {
                guard let known = jobs[job.id] else { throw BrokenPromise(description: "an unknown job is stored") }
                let state: JobState = job.state == .ready ? .parked : job.state
                let expected: JobState = known.lifecycle.state == .ready ? .parked : known.lifecycle.state
                try expect(state == expected, "a job is \(job.state) and should be \(expected)")
                try expect(
                    job.epoch == known.lifecycle.epoch && job.attempt == known.lifecycle.attempt
                        && job.lost == known.lifecycle.lost,
                    "a job counts \(job.epoch), \(job.attempt), \(job.lost) and should \(known.lifecycle)")
            }
            let count = order.count { jobs[$0]?.workspace == workspace }
            try expect(stored.count == count, "\(stored.count) jobs are stored and should be \(count)")
        }
        try await trial.expectCaps()
        try await trial.expectNothingWaits()
        if let id = order.last, jobs[id]?.workspace == trial.workspace { try await trial.journal(id) }
    }

    private mutating func note(_ text: String) { history.append(text) }

    private mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &random) < share }

    private mutating func pick<Value>(_ values: some Collection<Value>) -> Value {
        guard let value = values.randomElement(using: &random) else { fatalError("Nothing to pick from.") }
        return value
    }
}
