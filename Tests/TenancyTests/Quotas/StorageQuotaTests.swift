import Conformance
import Endpoints
import Foundation
import Model
import Storage
import Tenancy
import Testing

@Suite("Bytes of files within the plan (B5)")
struct StorageQuotaTests {
    private struct Shelf: Sendable {
        let trial: TenantTrial
        let memory: MemoryObjects
        let objects: CountedObjectStore
        let jobs: SQLJobStore
        let id: WorkspaceID

        func upload(_ size: Int, to key: String? = nil) async throws -> String {
            let key = key ?? WorkspaceKey.upload(in: id)
            _ = try await objects.put(
                key, MemoryObjects.body(Array(repeating: 7, count: size)), contentType: "x/y", limit: .max,
                onlyIfAbsent: true)
            return key
        }

        func used() async throws -> Int64 {
            try #require(try await trial.quotas.counters(of: id).first { $0.meter == "storage_bytes" }).used
        }

        func expectExact(_ bytes: Int64, sourceLocation: SourceLocation = #_sourceLocation) async throws {
            #expect(try await used() == bytes, sourceLocation: sourceLocation)
            #expect(memory.bytes == bytes, sourceLocation: sourceLocation)
            #expect(try await trial.quotas.reconcile(id).isEmpty, sourceLocation: sourceLocation)
        }

        /// A job that has run and shows these files.
        func finishedJob(
            _ files: [String] = [], input: String = "{}", in workspace: WorkspaceID? = nil
        ) async throws -> JobID {
            let session = WorkerSession(id: WorkerSessionID(), host: "here", process: "1", isAlive: { _ in true })
            try await jobs.openSession(session, lasting: .seconds(60))
            let new = NewJob(
                workspace: workspace ?? id, kind: "trial", input: JSONText(trusted: input), inputHash: "h",
                request: "req_1")
            let job = try await jobs.submit([new], maximumDepth: 100)[0].job.id
            let lease = try #require(try await jobs.claim(kinds: ["trial"], limit: 1, for: session.id).first).lease
            _ = try await jobs.record(
                files.enumerated().map { number, key in
                    .artifact(
                        Artifact(name: "f\(number)", object: key, contentType: "x/y", size: 1, sha256: "0"))
                }, under: lease)
            try await jobs.finish(.succeeded(.emptyObject), under: lease)
            return job
        }

        func retire() async throws {
            let removed = try await jobs.removeFinished(olderThan: .seconds(3_600), after: nil, limit: 100)
            #expect(removed.uploads.isEmpty)
            while try await objects.removeUnused() > 0 {}
        }
    }

    private func with(_ fixture: DatabaseFixture, _ body: (Shelf) async throws -> Void) async throws {
        let plans = try PlanCatalog(
            [
                Plan(
                    name: "small", title: "Small", limits: [.storageBytes: 1_000], weight: 1, slots: nil,
                    retentionDays: 2),
                Plan(name: "long", title: "Long", weight: 1, slots: nil, retentionDays: 30),
            ],
            initial: "small")
        try await TenantTrial.run(fixture, plans: plans) { trial in
            let memory = MemoryObjects()
            let objects = CountedObjectStore(
                memory, database: trial.database, ledger: TenantStorageLedger(plans: plans))
            try await body(
                Shelf(
                    trial: trial, memory: memory, objects: objects,
                    jobs: SQLJobStore(database: trial.database, books: TenantJobLedger(plans: plans)),
                    id: trial.company(plan: "small").id))
        }
    }

    private func expectFull(_ body: () async throws -> Void, sourceLocation: SourceLocation = #_sourceLocation) async {
        do {
            try await body()
            Issue.record("there was room", sourceLocation: sourceLocation)
        } catch let error as StorageError {
            let problem = error.underlying as? Problem
            #expect(
                error.code == .limited && problem?.kind.name == "quota-exceeded", "\(error)",
                sourceLocation: sourceLocation)
        } catch {
            Issue.record("\(error)", sourceLocation: sourceLocation)
        }
    }

    @Test("fifty uploads at once never go beyond, and those refused leave nothing", arguments: DatabaseFixture.all)
    func race(fixture: DatabaseFixture) async throws {
        try await with(fixture) { shelf in
            let done = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        do {
                            _ = try await shelf.upload(90)
                            return 1
                        } catch let error as StorageError where error.code == .limited {
                            return 0
                        }
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(done == 11)
            try await shelf.expectExact(990)
            await expectFull { _ = try await shelf.upload(11) }
            await expectFull { _ = try await shelf.upload(1_000_000) }
            _ = try await shelf.upload(10)
            await expectFull { _ = try await shelf.upload(1) }
            try await shelf.expectExact(1_000)
            for key in shelf.memory.keys.prefix(2) {
                for _ in 0..<2 { try await shelf.objects.delete(key) }
            }
            let used = try await shelf.used()
            #expect(shelf.memory.bytes == used)
        }
    }

    @Test("the same content counts once, however many store it at once", arguments: DatabaseFixture.all)
    func shared(fixture: DatabaseFixture) async throws {
        try await with(fixture) { shelf in
            let key = WorkspaceKey.file(String(repeating: "a", count: 64), in: shelf.id)
            let stored = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        do {
                            _ = try await shelf.upload(600, to: key)
                            return 1
                        } catch let error as StorageError where error.code == .conflict {
                            return 0
                        }
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(stored == 1)
            try await shelf.expectExact(600)
        }
    }

    @Test("a body that breaks off leaves neither bytes nor a count", arguments: DatabaseFixture.all)
    func broken(fixture: DatabaseFixture) async throws {
        try await with(fixture) { shelf in
            struct Gone: Error {}
            let body: ByteStream = AsyncThrowingStream { throw Gone() }
            await #expect(throws: Gone.self) {
                _ = try await shelf.objects.put(
                    WorkspaceKey.upload(in: shelf.id), body, contentType: "x/y", limit: .max, onlyIfAbsent: true)
            }
            try await shelf.expectExact(0)
        }
    }

    @Test("what a job had is given back when the job goes, and what others show stays", arguments: DatabaseFixture.all)
    func retention(fixture: DatabaseFixture) async throws {
        try await with(fixture) { shelf in
            let upload = try await shelf.upload(100)
            let (own, shared) = (
                try await shelf.upload(50, to: WorkspaceKey.file(String(repeating: "b", count: 64), in: shelf.id)),
                try await shelf.upload(20, to: WorkspaceKey.file(String(repeating: "c", count: 64), in: shelf.id))
            )
            let foreignCompany = try await shelf.trial.company("Other", plan: "long").id
            let foreign = WorkspaceKey.upload(in: foreignCompany)
            _ = try await shelf.objects.put(
                foreign, MemoryObjects.body([1]), contentType: "x/y", limit: .max, onlyIfAbsent: true)
            _ = try await shelf.finishedJob(input: #"{"file":"\#(foreign)"}"#, in: foreignCompany)
            _ = try await shelf.finishedJob(
                [own, shared], input: #"{"file":"\#(upload)","theirs":"\#(foreign)"}"#)
            // The plan says two days, the server one hour.
            shelf.trial.trial.clock.advance(by: .seconds(86_400 + 60))
            _ = try await shelf.finishedJob([shared])
            try await shelf.retire()
            #expect(try await shelf.used() == 170)
            shelf.trial.trial.clock.advance(by: .seconds(86_400 + 60))
            try await shelf.retire()
            #expect(
                shelf.memory.keys == [shared, foreign].sorted(),
                "one of another workspace is not the job's to keep or remove")
            #expect(try await shelf.objects.info(own) == nil)
            #expect(try await shelf.objects.info(shared) != nil)
            #expect(try await shelf.used() == 20)
            #expect(try await shelf.trial.quotas.reconcile(shelf.id).isEmpty)
        }
    }

    @Test(
        "an upload stays until the last job that names it has gone, and goes when none ever did",
        arguments: DatabaseFixture.all)
    func uploads(fixture: DatabaseFixture) async throws {
        try await with(fixture) { shelf in
            let (named, forgotten) = (try await shelf.upload(100), try await shelf.upload(50))
            let input = #"{"file":"\#(named)"}"#
            _ = try await shelf.finishedJob(input: input)
            shelf.trial.trial.clock.advance(by: .seconds(36 * 3_600))
            _ = try await shelf.finishedJob(input: input)
            #expect(shelf.memory.keys.contains(forgotten))
            for isThere in [true, false] {
                shelf.trial.trial.clock.advance(by: .seconds(36 * 3_600))
                try await shelf.retire()
                #expect(shelf.memory.keys == (isThere ? [named] : []))
            }
            try await shelf.expectExact(0)
            let job = NewJob(
                workspace: shelf.id, kind: "trial", input: JSONText(trusted: input), inputHash: "h", request: "req_1")
            try await shelf.trial.database.transact { connection in
                _ = try connection.execute(
                    """
                    INSERT INTO stored_object (object, workspace, state, touched_at) VALUES ($1, $2, 'removing', now_us())
                    """, [.text(named), SQLValue(shelf.id)])
            }
            await #expect(throws: StorageError.self, "it is going") {
                _ = try await shelf.jobs.submit([job], maximumDepth: 100)
            }
        }
    }

    @Test("a file that a new job takes up again stays, whatever removes unused ones", arguments: DatabaseFixture.all)
    func reuse(fixture: DatabaseFixture) async throws {
        try await with(fixture) { shelf in
            for round in 0..<10 {
                let hash = String(repeating: String(round), count: 64)
                let key = try await shelf.upload(10, to: WorkspaceKey.file(hash, in: shelf.id))
                shelf.trial.trial.clock.advance(by: .seconds(25 * 3_600))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { _ = try await shelf.objects.removeUnused() }
                    group.addTask {
                        // A job that finds it may use it; one that does not stores it anew, once the removal is over.
                        if try await shelf.objects.info(key) != nil {
                            for _ in 0..<Int.random(in: 0...50) { await Task.yield() }
                            #expect(shelf.memory.keys.contains(key), "it went although a job had it")
                        } else {
                            _ = try await eventually("the removal is over") {
                                do {
                                    return try await shelf.upload(10, to: key)
                                } catch let error as StorageError where error.code == .busy || error.code == .conflict {
                                    return nil
                                }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(try await shelf.objects.info(key) != nil)
                _ = try await shelf.objects.removeUnused()
                #expect(shelf.memory.keys.contains(key))
                try await shelf.expectExact(shelf.memory.bytes)
            }
        }
    }

    @Test("what a process left undone is done by another", arguments: DatabaseFixture.all)
    func undone(fixture: DatabaseFixture) async throws {
        try await with(fixture) { shelf in
            let (kept, key) = (try await shelf.upload(30), try await shelf.upload(40))
            _ = try await shelf.finishedJob(input: #"{"file":"\#(kept)"}"#)
            let (database, id) = (shelf.trial.database, shelf.id)
            try await database.transact { connection in
                _ = try connection.execute(
                    "UPDATE stored_object SET state = 'removing' WHERE object = $1", [.text(key)])
                _ = try connection.execute(
                    """
                    INSERT INTO stored_object (object, workspace, state, touched_at)
                    VALUES ($1, $2, 'arriving', now_us())
                    """, [.text(WorkspaceKey.upload(in: id)), SQLValue(id)])
            }
            #expect(try await shelf.objects.removeUnused() == 0, "somebody may be at it")
            shelf.trial.trial.clock.advance(by: .seconds(25 * 3_600))
            #expect(try await shelf.objects.removeUnused() == 2)
            #expect(shelf.memory.keys == [kept])
            try await shelf.expectExact(30)
        }
    }

    @Test("a workspace that goes takes its files along, and those of others stay", arguments: DatabaseFixture.all)
    func purge(fixture: DatabaseFixture) async throws {
        try await with(fixture) { shelf in
            _ = try await shelf.upload(30)
            _ = try await shelf.upload(40, to: WorkspaceKey.file(String(repeating: "d", count: 64), in: shelf.id))
            let other = try await shelf.trial.company("Other", plan: "small").id
            let theirs = WorkspaceKey.upload(in: other)
            _ = try await shelf.objects.put(
                theirs, MemoryObjects.body([1]), contentType: "x/y", limit: .max, onlyIfAbsent: true)
            try await shelf.objects.removeAll(of: shelf.id)
            #expect(shelf.memory.keys == [theirs])
            #expect(try await shelf.used() == 0)
        }
    }
}
