import Conformance
import Endpoints
import Model
import Storage
import Synchronization
import Tenancy
import Testing

@Suite("Documents (B4, G7)")
struct DocumentStoreTests {
    private func text(_ json: String) -> JSONText { JSONText(trusted: json) }

    @Test("of two who change the same version one is refused", arguments: DatabaseFixture.all)
    func versions(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let store = DocumentStore(trial.tenants, cache: DocumentCache())
            let company = try await trial.company()
            let boss = try await company.boss()
            let made = try await atOnce(8) { number in
                _ = try await store.put("page", self.text(#"{"n":\#(number)}"#), if: .absent, by: boss)
            }
            #expect(made.done == 1 && made.refusals.allSatisfy { $0 == "precondition-failed" })
            await expectProblem(.preconditionRequired) {
                _ = try await store.put("page", text("{}"), if: nil, by: boss)
            }
            let race = try await atOnce(8) { number in
                _ = try await store.put("page", self.text("[\(number)]"), if: .versions([1]), by: boss)
            }
            #expect(race.done == 1 && race.refusals.allSatisfy { $0 == "precondition-failed" })
            let document = try await store.document("page", in: company.id)
            #expect(document.version == 2 && document.entityTag.description == "\"v2\"")
            await expectProblem(.preconditionFailed) { try await store.remove("page", if: .versions([1]), by: boss) }
            try await store.remove("page", if: .versions([2]), by: boss)
            await expectProblem(.notFound) { _ = try await store.document("page", in: company.id) }
            await expectProblem(.notFound) { try await store.remove("page", if: nil, by: boss) }
            let again = try await store.put("page", text("{}"), if: .absent, by: boss)
            #expect(again.version == 4, "versions never go back")
            #expect(try await store.document("page", in: company.id).version == 4)
        }
    }

    @Test(
        "another workspace's documents are not there, and names and sizes are bounded", arguments: DatabaseFixture.all)
    func bounds(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let store = DocumentStore(trial.tenants, cache: DocumentCache())
            let (company, other) = (try await trial.company(), try await trial.company("Other"))
            let (boss, stranger) = (try await company.boss(), try await other.boss())
            for name in ["b", "a", "c"] { _ = try await store.put(name, text("{}"), if: nil, by: boss) }
            _ = try await store.document("a", in: company.id)
            for name in ["a", "never"] {
                await expectProblem(.notFound) { _ = try await store.document(name, in: other.id) }
                await expectProblem(.notFound) { try await store.remove(name, if: nil, by: stranger) }
            }
            #expect(try await store.documents(in: company.id).map(\.name) == ["a", "b", "c"])
            #expect(try await store.documents(in: company.id, after: "a", limit: 1).map(\.name) == ["b"])
            #expect(try await store.documents(in: other.id).isEmpty)
            for name in ["", ".x", "A", "a/b", "../a", "a b", "a:b", String(repeating: "x", count: 101)] {
                await expectProblem(.unprocessable) { _ = try await store.put(name, text("{}"), if: nil, by: boss) }
            }
            let long = text("\"" + String(repeating: "x", count: 300_000) + "\"")
            await expectProblem(.tooLarge) { _ = try await store.put("long", long, if: nil, by: boss) }
        }
    }

    @Test("hot reads do not reach the database, on any node, and see a change at once", arguments: DatabaseFixture.all)
    func cache(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let company = try await trial.company()
            let boss = try await company.boss()
            let (shared, bus, counted) = (LocalSharedCache(), LocalBus(), CountedReads(trial.database))
            let nodes = (0..<3).map { _ in
                DocumentStore(
                    TenantDatabase(counted), cache: DocumentCache(shared: shared, bus: bus))
            }
            _ = try await nodes[0].put("page", text("1"), if: nil, by: boss)
            for number in 2...20 {
                for node in nodes {
                    for _ in 0..<50 {
                        let document = try await node.document("page", in: company.id)
                        #expect(document.content.text == "\(number - 1)" && document.version == Int64(number - 1))
                    }
                }
                _ = try await nodes[number % 3].put("page", text("\(number)"), if: .present, by: boss)
            }
            let share = Double(counted.reads) / Double(19 * 3 * 50)
            #expect(share <= 0.05, "\(counted.reads) of \(19 * 3 * 50) reads reached the database")
            try await nodes[1].remove("page", if: nil, by: boss)
            for node in nodes {
                await expectProblem(.notFound) { _ = try await node.document("page", in: company.id) }
            }
        }
    }

    @Test("turned off, every read asks the database; turned on again, nothing old comes back")
    func switches() async throws {
        try await TenantTrial.run(.sqlite) { trial in
            let company = try await trial.company()
            let boss = try await company.boss()
            let counted = CountedReads(trial.database)
            var settings = DocumentCache.Settings()
            settings.isEnabled = false
            let cache = DocumentCache(settings: settings)
            let store = DocumentStore(TenantDatabase(counted), cache: cache)
            _ = try await store.put("page", text("1"), if: nil, by: boss)
            for _ in 0..<5 { _ = try await store.document("page", in: company.id) }
            #expect(counted.reads == 5)
            cache.setEnabled(true)
            for _ in 0..<5 { _ = try await store.document("page", in: company.id) }
            #expect(counted.reads == 6)
            cache.setEnabled(false)
            _ = try await store.put("page", text("2"), if: .present, by: boss)
            cache.setEnabled(true)
            #expect(try await store.document("page", in: company.id).content.text == "2")
        }
    }

    @Test("a read that a change overtakes is not remembered, and what nobody hears of lasts a minute")
    func staleness() async throws {
        try await TenantTrial.run(.sqlite) { trial in
            let company = try await trial.company()
            let boss = try await company.boss()
            let clock = Mutex(ContinuousClock.now)
            let cache = DocumentCache(now: { clock.withLock { $0 } })
            let writer = DocumentStore(trial.tenants, cache: cache)
            _ = try await writer.put("page", text("1"), if: nil, by: boss)
            cache.setEnabled(true)
            // The change happens after this read has seen the earlier version and before it is remembered.
            let overtaken = CountedReads(trial.database) {
                _ = try? await writer.put("page", self.text("2"), if: .versions([1]), by: boss)
            }
            let store = DocumentStore(TenantDatabase(overtaken), cache: cache)
            #expect(try await store.document("page", in: company.id).content.text == "1")
            #expect(try await store.document("page", in: company.id).content.text == "2")
            let deaf = DocumentStore(trial.tenants, cache: DocumentCache(now: { clock.withLock { $0 } }))
            #expect(try await deaf.document("page", in: company.id).content.text == "2")
            _ = try await writer.put("page", text("3"), if: .present, by: boss)
            #expect(try await deaf.document("page", in: company.id).content.text == "2")
            clock.withLock { $0 += .seconds(61) }
            #expect(try await deaf.document("page", in: company.id).content.text == "3")
        }
    }

    @Test("a cache that is full forgets, and still answers right")
    func capacity() async throws {
        try await TenantTrial.run(.sqlite) { trial in
            let company = try await trial.company()
            let boss = try await company.boss()
            var settings = DocumentCache.Settings()
            settings.capacity = .kibibytes(2)
            let store = DocumentStore(trial.tenants, cache: DocumentCache(settings: settings))
            for round in 0..<3 {
                for number in 0..<20 {
                    let content = text("\"\(round)-\(number)-\(String(repeating: "x", count: 100))\"")
                    _ = try await store.put("d\(number)", content, if: round == 0 ? .absent : .present, by: boss)
                    #expect(try await store.document("d\(number / 2)", in: company.id).version >= 1)
                }
                for number in 0..<20 {
                    let document = try await store.document("d\(number)", in: company.id)
                    #expect(document.version == Int64(round + 1))
                }
            }
        }
    }
}

/// A database that counts how often it is read.
final class CountedReads: SQLDatabase {
    private let base: any SQLDatabase
    private let count = Mutex(0)

    private let afterRead: @Sendable () async -> Void

    init(_ base: any SQLDatabase, afterRead: @escaping @Sendable () async -> Void = {}) {
        self.base = base
        self.afterRead = afterRead
    }

    var reads: Int { count.withLock { $0 } }
    var dialect: SQLDialect { base.dialect }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        count.withLock { $0 += 1 }
        let value = try await base.read(body)
        await afterRead()
        return value
    }

    func write<Value: Sendable>(
        _ manner: WriteManner,
        _ body: @escaping @Sendable (any SQLConnection) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        try await base.write(manner, body)
    }

    func signals(for key: String) -> AsyncStream<Void> { base.signals(for: key) }
    func carryAnnouncements(over bus: any InvalidationBus) { base.carryAnnouncements(over: bus) }
    func changedParts(of whole: String) -> ChangedParts { base.changedParts(of: whole) }
    func migrate(_ migrations: [Migration]) async throws(StorageError) -> [Int] { try await base.migrate(migrations) }
    func appliedMigrations() async throws(StorageError) -> [Int] { try await base.appliedMigrations() }
    func close() async { await base.close() }
}
