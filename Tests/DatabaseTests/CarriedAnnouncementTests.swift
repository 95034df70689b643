import Conformance
import Storage
import Synchronization
import Testing

@Suite("C3: announcements between processes over a bus, and by the database while that is away")
struct CarriedAnnouncementTests {
    /// A bus of this process that can break.
    private final class FragileBus: InvalidationBus {
        private let base = LocalBus()
        private let state = Mutex((isAway: false, carried: 0))

        var losesNothing: Bool { false }
        var carried: Int { state.withLock { $0.carried } }
        func setAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }

        func publish(_ message: String) async throws(StorageError) {
            let isAway = state.withLock { state in
                if !state.isAway { state.carried += 1 }
                return state.isAway
            }
            guard !isAway else { throw StorageError(.unavailable, "The bus is away.") }
            try await base.publish(message)
        }

        func subscribe(_ receive: @escaping @Sendable (BusEvent) -> Void) -> any BusSubscription {
            base.subscribe(receive)
        }
    }

    @Test("another process hears each announcement and the part that it names, whichever way it takes")
    func carries() async throws {
        try await DatabaseFixture.postgres.withDatabase { trial in
            try await trial.withAnother { other in
                let bus = FragileBus()
                for database in [trial.database, other] { database.carryAnnouncements(over: bus) }
                let parts = other.changedParts(of: "whole")
                for (round, isAway) in [false, true, false].enumerated() {
                    bus.setAway(isAway)
                    let before = bus.carried
                    let part = "part-\(round)"
                    try await trial.database.announce(SignalHub.key("whole", part))
                    try await eventually("\(part) is heard of") { parts.take().names == [part] }
                    #expect((bus.carried > before) == !isAway)
                }
            }
        }
    }

    @Test("too many parts, and missed announcements, are a change of anything")
    func parts() {
        let hub = SignalHub()
        let parts = hub.changedParts(of: "whole")
        hub.signal(["whole/a", "other/b", "whole/c", "a"])
        #expect(parts.take() == ChangedParts.Change(names: ["a", "c"]))
        #expect(parts.take() == .nothing)
        hub.signal((0...ChangedParts.limit).map { "whole/\($0)" })
        #expect(parts.take() == .anything)
        hub.signal(["whole"])
        #expect(parts.take() == .anything)
        hub.signalAll()
        #expect(parts.take() == .anything)
        // Looking around is no reason to forget what was named, and none to think that anything was missed.
        hub.signal(["whole/a"])
        hub.remindAll()
        #expect(parts.take() == ChangedParts.Change(names: ["a"], rest: .unannounced))
        hub.signalAll()
        hub.remindAll()
        hub.signal(["whole/a"])
        #expect(parts.take() == ChangedParts.Change(names: ["a"], rest: .missed))
    }
}
