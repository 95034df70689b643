import Conformance
import Model
import Storage
import Synchronization
import Testing

@testable import Tenancy

@Suite("The cache of sessions (B1, G7)")
struct SessionCacheTests {
    /// Nodes that share a database, a shared cache and a bus, with a clock that the test moves.
    private struct Nodes: Sendable {
        let caches: [SessionCache]
        let bus: TestBus
        let shared: TestSharedCache
        let clock: MovableInstant
        let session: Authenticated
        let truth: Truth
        let id = SessionID()
        let token = OpaqueToken()

        var key: SessionKey { .token(token.digest) }
        var reference: SessionReference { .init(id: id, digest: token.digest) }

        func look(_ node: Int) async throws -> Authenticated? {
            try await caches[node].caller(key) { truth.answer() }
        }

        func beat() async throws {
            for cache in caches { try await cache.beat() }
        }

        func end(at node: Int) async {
            truth.end()
            await caches[node].forget(reference.keys, logger: AccountTrial.logger)
        }
    }

    private func withNodes(
        _ count: Int = 3, _ body: (Nodes) async throws -> Void
    ) async throws {
        try await DatabaseFixture.sqlite.withDatabase { trial in
            let clock = MovableInstant()
            let bus = TestBus()
            let shared = TestSharedCache(now: { clock.now })
            let caches = (0..<count).map { _ in
                SessionCache(shared: shared, bus: bus, database: trial.database, now: { clock.now })
            }
            let session = Authenticated.sample()
            let nodes = Nodes(
                caches: caches, bus: bus, shared: shared, clock: clock, session: session, truth: Truth(session))
            try await nodes.beat()
            try await body(nodes)
        }
    }

    @Test("the database is asked once for all nodes, and again after 300 seconds")
    func lifetime() async throws {
        try await withNodes { nodes throws in
            for node in [0, 0, 1, 2, 1] { #expect(try await nodes.look(node) == nodes.session) }
            #expect(nodes.truth.questions == 1)
            for _ in 0..<299 {
                nodes.clock.advance(by: .seconds(1))
                try await nodes.beat()
            }
            #expect(try await nodes.look(0) != nil)
            #expect(nodes.truth.questions == 1)
            nodes.clock.advance(by: .seconds(1))
            try await nodes.beat()
            for node in 0..<3 { #expect(try await nodes.look(node) != nil) }
            #expect(nodes.truth.questions == 2)
        }
    }

    @Test("a session that expires sooner is remembered for no longer")
    func expiry() async throws {
        try await withNodes(1) { nodes throws in
            nodes.truth.set(remaining: .milliseconds(500))
            #expect(try await nodes.look(0) != nil)
            nodes.clock.advance(by: .milliseconds(501))
            nodes.truth.end()
            #expect(try await nodes.look(0) == nil)
        }
    }

    @Test("an unknown token is asked for once in five seconds")
    func negative() async throws {
        try await withNodes(1) { nodes throws in
            nodes.truth.end()
            for _ in 0..<10 { #expect(try await nodes.look(0) == nil) }
            #expect(nodes.truth.questions == 1)
            for _ in 0..<6 {
                nodes.clock.advance(by: .milliseconds(900))
                try await nodes.beat()
            }
            #expect(try await nodes.look(0) == nil)
            #expect(nodes.truth.questions == 2)
        }
    }

    @Test("when the end of a session is answered, it works on no node")
    func revocation() async throws {
        try await withNodes { nodes throws in
            for node in 0..<3 { #expect(try await nodes.look(node) != nil) }
            await nodes.end(at: 1)
            for node in 0..<3 { #expect(try await nodes.look(node) == nil) }
        }
    }

    @Test("a fill that began before the end is dropped, here and in the shared cache: the attack by timing")
    func staleFill() async throws {
        try await withNodes { nodes throws in
            let before = nodes.truth.answer()
            // Node 0 has read the database; before it remembers, the session ends at node 2.
            let late = try await nodes.caches[0].caller(nodes.key) {
                await nodes.end(at: 2)
                return before
            }
            #expect(late != nil)
            for node in 0..<3 { #expect(try await nodes.look(node) == nil) }
        }
    }

    @Test("the shared cache refuses a late fill even from a node that has not heard of the end")
    func lateSharedFill() async throws {
        try await withNodes { nodes throws in
            let before = nodes.truth.answer()
            _ = try await nodes.caches[0].caller(nodes.key) {
                nodes.bus.cut()
                await nodes.end(at: 2)
                nodes.bus.mend()
                return before
            }
            #expect(try await nodes.shared.read(nodes.key.shared).value == nil)
            #expect(try await nodes.look(1) == nil)
        }
    }

    @Test("a node that the bus does not reach asks the database after two beats")
    func cutOff() async throws {
        try await withNodes { nodes throws in
            for node in 0..<3 { #expect(try await nodes.look(node) != nil) }
            nodes.bus.cut()
            await nodes.end(at: 0)
            // Within two beats it may still be let in.
            #expect(try await nodes.look(1) != nil)
            nodes.clock.advance(by: .milliseconds(801))
            for node in 0..<3 { #expect(try await nodes.look(node) == nil) }
            // What it remembers from before does not come back with the bus.
            nodes.bus.mend()
            try await nodes.beat()
            for node in 0..<3 { #expect(try await nodes.look(node) == nil) }
        }
    }

    @Test("a node whose bus lags asks the database, though beats arrive as often as ever")
    func lag() async throws {
        try await withNodes { nodes throws in
            for node in 0..<3 { #expect(try await nodes.look(node) != nil) }
            nodes.bus.hold()
            // Twice as much is said as arrives, so that what arrives is ever older; something arrives in time every time.
            for _ in 0..<6 {
                nodes.clock.advance(by: .milliseconds(700))
                for _ in 0..<2 { try await nodes.beat() }
                try await nodes.bus.release(3)
            }
            // The word of it is behind all that.
            await nodes.end(at: 0)
            for node in 0..<3 {
                #expect(!nodes.caches[node].isTrusted)
                #expect(try await nodes.look(node) == nil)
            }
        }
    }

    @Test("a node that missed one message forgets everything when it hears the next")
    func gap() async throws {
        try await withNodes { nodes throws in
            for node in 0..<3 { #expect(try await nodes.look(node) != nil) }
            nodes.bus.cut()
            await nodes.end(at: 0)
            nodes.bus.mend()
            // Within the time for which it is trusted.
            nodes.clock.advance(by: .milliseconds(100))
            #expect(try await nodes.look(1) != nil)
            try await nodes.beat()
            for node in 0..<3 { #expect(try await nodes.look(node) == nil) }
        }
    }

    @Test("a bus that takes nothing is replaced by the database's own announcement")
    func emergency() async throws {
        try await withNodes(2) { nodes throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await nodes.caches[1].run() }
                for node in 0..<2 { #expect(try await nodes.look(node) != nil) }
                nodes.bus.refuse()
                nodes.shared.setDown(true)
                nodes.truth.end()
                try await eventually("node 1 hears of it through the database") {
                    await nodes.caches[0].forget(nodes.reference.keys, logger: AccountTrial.logger)
                    return try await nodes.look(1) == nil
                }
                group.cancelAll()
            }
        }
    }

    @Test("without the shared cache the database answers")
    func sharedDown() async throws {
        try await withNodes { nodes throws in
            nodes.shared.setDown(true)
            for node in 0..<3 { #expect(try await nodes.look(node) != nil) }
            #expect(nodes.truth.questions == 3)
        }
    }

    @Test("turned off it remembers nothing, and turned on again nothing from before")
    func switchedOff() async throws {
        try await withNodes(1) { nodes throws in
            #expect(try await nodes.look(0) != nil)
            nodes.caches[0].setEnabled(false)
            for _ in 0..<3 { #expect(try await nodes.look(0) != nil) }
            #expect(nodes.truth.questions == 4)
            nodes.caches[0].setEnabled(true)
            await nodes.end(at: 0)
            #expect(try await nodes.look(0) == nil)
        }
    }

    @Test("a full cache still answers rightly, and keeps its bound")
    func capacity() async throws {
        let local = LocalSessions(capacity: 160)
        let now = ContinuousClock.now
        let session = Authenticated.sample()
        let keys = (0..<2_000).map { _ in SessionKey.token(OpaqueToken().digest) }
        for key in keys {
            #expect(local.store(session, key, until: now + .seconds(60), ticket: local.ticket, now: now))
        }
        let found = keys.count { if case .live = local.find($0, at: now) { true } else { false } }
        #expect((80...160).contains(found))
    }

    @Test("the form that processes share says everything, and nothing else is read as one")
    func sharedForm() {
        let session = Authenticated.sample()
        #expect(Authenticated(shared: session.sharedText) == session)
        for text in ["", "{}", "null", session.sharedText.replacing("\"version\":1", with: "\"version\":2")] {
            #expect(Authenticated(shared: text) == nil)
        }
        let id = SessionID()
        #expect(SessionKey(shared: SessionKey.id(id).shared) == .id(id))
        let program = Authenticated(actor: .service(ServiceAccountID()), key: APIKeyID(), authTime: session.authTime)
        #expect(Authenticated(shared: program.sharedText) == program)
    }
}
