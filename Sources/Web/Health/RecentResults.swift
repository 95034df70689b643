/// The results of the newest run of the checks, shared by all who ask within a second: anybody may ask, and each run writes to
/// the object store.
actor RecentResults {
    private static let lifetime: Duration = .seconds(1)

    private var newest: (task: Task<[CheckResult], Never>, begun: ContinuousClock.Instant)?

    func results(of run: @escaping @Sendable () async -> [CheckResult]) async -> [CheckResult] {
        if let newest, ContinuousClock.now - newest.begun < Self.lifetime { return await newest.task.value }
        // A task of its own, because the others wait for it too when the one who began it has gone.
        let task = Task { await run() }
        newest = (task, .now)
        return await task.value
    }
}
