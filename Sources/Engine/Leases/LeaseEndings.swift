import Storage
import Synchronization

/// Reports how leases end, many in one transaction: what ends while a report is under way goes into the next one.
final class LeaseEndings: Sendable {
    private final class Report: Sendable {
        let ending: LeaseEnding
        /// What the store said; nil before it was asked.
        let answer = Mutex<Result<StorageError?, StorageError>?>(nil)

        init(_ ending: LeaseEnding) { self.ending = ending }
    }

    /// The most endings of one transaction.
    private static let limit = 256

    private let store: any JobLeases
    private let waiting = Mutex<[Report]>([])
    private let turns = Turns()

    init(store: any JobLeases) {
        self.store = store
    }

    /// Returns when the ending is durable.
    ///
    /// - Throws: `fenced` when the lease is over; anything else concerns the store, and the ending may be repeated.
    func finish(_ outcome: JobOutcome, under lease: JobLease) async throws(StorageError) {
        let report = Report(LeaseEnding(outcome, under: lease))
        waiting.withLock { $0.append(report) }
        try? await turns.withTurn {
            // An earlier turn may have taken it along.
            if report.answer.withLock({ $0 == nil }) { await reportAll() }
        }
        switch report.answer.withLock({ $0 }) {
        case .success(let refusal): if let refusal { throw refusal }
        case .failure(let error): throw error
        case nil: throw StorageError(.canceled, "The outcome of a job was not reported.")
        }
    }

    private func reportAll() async {
        while true {
            let batch = waiting.withLock { waiting in
                defer { waiting.removeFirst(min(waiting.count, Self.limit)) }
                return Array(waiting.prefix(Self.limit))
            }
            guard !batch.isEmpty else { return }
            await report(batch)
        }
    }

    private func report(_ batch: [Report]) async {
        do {
            let refusals = try await store.finish(batch.map(\.ending))
            for (report, refusal) in zip(batch, refusals) { report.answer.withLock { $0 = .success(refusal) } }
        } catch {
            guard !error.mayPass, batch.count > 1 else {
                for report in batch { report.answer.withLock { $0 = .failure(error) } }
                return
            }
            // One of them cannot be stored; the others must not end as that one does.
            for report in batch { await self.report([report]) }
        }
    }
}

extension StorageError {
    /// Whether the same call may succeed a while later.
    var mayPass: Bool { [.unavailable, .busy, .limited, .full, .readOnly, .canceled].contains(code) }
}
