import Synchronization

/// Promotes after a commit. What is asked for while a promotion runs goes into the next one, so a burst of submissions costs
/// few transactions; and whoever asked returns when it is done.
final class Promoter: Sendable {
    private let pending = Mutex(PromotionOrder())
    private let turns = Turns()
    private let work: @Sendable (PromotionOrder) async throws(StorageError) -> Void

    init(_ work: @escaping @Sendable (PromotionOrder) async throws(StorageError) -> Void) {
        self.work = work
    }

    /// Promotes soon. A failure is left to the next sweep: the jobs are safe where they are.
    func promote(_ order: PromotionOrder) async {
        guard !order.isEmpty else { return }
        pending.withLock { $0.merge(order) }
        try? await turns.withTurn {
            let order = pending.withLock { pending in
                defer { pending = PromotionOrder() }
                return pending
            }
            // An earlier turn took it along.
            guard !order.isEmpty else { return }
            try await work(order)
        }
    }
}
