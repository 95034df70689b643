import Conformance
import Endpoints
import Foundation
import Logging
import Model
import Storage
import Synchronization
import Tenancy
import Testing

@Suite("Idempotency-Key: work is done once (C1)")
struct AnswerStoreTests {
    private static func key(_ text: String = "k", principal: String = "p", operation: String = "op") -> AnswerStore.Key
    {
        .init(workspace: .local, principal: principal, operation: operation, key: text)
    }

    private func withStore(
        _ fixture: DatabaseFixture, _ body: (AnswerStore, DatabaseTrial) async throws -> Void
    ) async throws {
        try await fixture.withDatabase(migrations: Migration.all + TenancyMigrations.all) { trial in
            try await body(AnswerStore(database: trial.database), trial)
        }
    }

    @Test(
        "the first takes the key; the same request gets its answer, another one is refused",
        arguments: DatabaseFixture.all)
    func course(fixture: DatabaseFixture) async throws {
        try await withStore(fixture) { store, _ in
            #expect(try await store.begin(Self.key(), requestHash: "h", holder: "1") == .mine)
            guard case .inFlight(let remaining) = try await store.begin(Self.key(), requestHash: "h", holder: "2")
            else {
                throw NeverHappened("a request under way was not seen")
            }
            #expect(remaining <= AnswerStore.patience && remaining > .seconds(100))
            #expect(try await store.begin(Self.key(), requestHash: "x", holder: "2") == .otherRequest)
            try await store.keep("answer", for: Self.key(), holder: "1")
            #expect(try await store.begin(Self.key(), requestHash: "h", holder: "3") == .answered("answer"))
            #expect(try await store.begin(Self.key(), requestHash: "x", holder: "3") == .otherRequest)
            for other in [Self.key("k2"), Self.key(principal: "q"), Self.key(operation: "other")] {
                #expect(try await store.begin(other, requestHash: "x", holder: "4") == .mine)
            }
        }
    }

    @Test(
        "a key is free again once nothing was done, and its answer is forgotten after a day",
        arguments: DatabaseFixture.all)
    func free(fixture: DatabaseFixture) async throws {
        try await withStore(fixture) { store, trial in
            #expect(try await store.begin(Self.key(), requestHash: "h", holder: "1") == .mine)
            try await store.release(Self.key(), holder: "1")
            #expect(try await store.begin(Self.key(), requestHash: "other", holder: "2") == .mine)
            try await store.keep("answer", for: Self.key(), holder: "2")
            try await store.release(Self.key(), holder: "2")
            trial.clock.advance(by: AnswerStore.lifetime - .seconds(60))
            #expect(try await store.begin(Self.key(), requestHash: "other", holder: "3") == .answered("answer"))
            trial.clock.advance(by: .seconds(120))
            #expect(try await store.begin(Self.key(), requestHash: "h", holder: "3") == .mine)
        }
    }

    @Test(
        "a process that died between its work and its answer leaves a key that lapses; its late answer changes nothing",
        arguments: DatabaseFixture.all)
    func crash(fixture: DatabaseFixture) async throws {
        try await withStore(fixture) { store, trial in
            #expect(try await store.begin(Self.key(), requestHash: "h", holder: "dead") == .mine)
            trial.clock.advance(by: AnswerStore.patience + .seconds(1))
            #expect(try await store.begin(Self.key(), requestHash: "h", holder: "next") == .mine)
            try await store.keep("late", for: Self.key(), holder: "dead")
            try await store.release(Self.key(), holder: "dead")
            try await store.keep("right", for: Self.key(), holder: "next")
            #expect(try await store.begin(Self.key(), requestHash: "h", holder: "4") == .answered("right"))
        }
    }

    @Test("of 50 requests at once one is carried out", arguments: DatabaseFixture.all)
    func parallel(fixture: DatabaseFixture) async throws {
        try await withStore(fixture) { store, _ in
            let mine = try await withThrowingTaskGroup(of: Bool.self) { group in
                for index in 0..<50 {
                    group.addTask {
                        try await store.begin(Self.key(), requestHash: "h", holder: "\(index)") == .mine
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(mine == 1)
        }
    }

    // MARK: Around an operation

    private func request(_ body: String, key: String? = "k") -> EndpointRequest {
        EndpointRequest(
            principal: .local, requestID: "r", operation: "make", headers: key.map { ["idempotency-key": $0] } ?? [:],
            body: .json(Data(body.utf8)))
    }

    private func withAnswers(_ body: (KeptAnswers, any SQLDatabase) async throws -> Void) async throws {
        try await DatabaseFixture.sqlite.withDatabase(migrations: Migration.all + TenancyMigrations.all) { trial in
            let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
            try await body(
                KeptAnswers(
                    store: AnswerStore(database: trial.database), server: ServerKey(Secret("0123456789abcdef")),
                    logger: logger), trial.database)
        }
    }

    @Test("the second request is answered like the first, without being carried out, and its body is stored encrypted")
    func replay() async throws {
        try await withAnswers { answers, database in
            let count = Mutex(0)
            func send(_ body: String, key: String? = "k") async throws -> EndpointResponse {
                try await answers.answering(request(body, key: key), from: "p") {
                    count.withLock { $0 += 1 }
                    return try .json(201, ["secret": "sesame"], headers: ["Location": "/x"])
                }
            }
            let first = try await send("{}")
            let second = try await send("{}")
            #expect(count.withLock { $0 } == 1)
            #expect(second.status == first.status && second.headers["Location"] == "/x")
            #expect(second.headers[KeptAnswers.replayHeader] == "true")
            guard case .data(let one, let type) = first.body, case .data(let two, let same) = second.body else {
                throw NeverHappened("an answer without a body")
            }
            #expect(one == two && type == same)
            let problem = await #expect(throws: Problem.self) { try await send(#"{"a":1}"#) }
            #expect(problem?.kind == .keyReused)
            _ = try await send("{}", key: nil)
            #expect(count.withLock { $0 } == 2)
            let stored = try await database.read { connection throws(StorageError) in
                try connection.row("SELECT answer FROM idempotency_key").text("answer")
            }
            #expect(
                !stored.contains("sesame") && !(Data(base64Encoded: stored) ?? Data()).contains(Data("sesame".utf8)))
        }
    }

    @Test("a refusal is not kept: mended, the request goes through under the same key")
    func refusals() async throws {
        try await withAnswers { answers, _ in
            await #expect(throws: Problem.self) {
                try await answers.answering(request("1"), from: "p") { throw Problem(.unprocessable, "No.") }
            }
            let answer = try await answers.answering(request("2"), from: "p") { EndpointResponse(status: 204) }
            #expect(answer.status == 204)
        }
    }

    @Test("while the first is under way, the second is told to come back")
    func inFlight() async throws {
        try await withAnswers { answers, _ in
            _ = try await answers.answering(request("1"), from: "p") {
                let problem = await #expect(throws: Problem.self) {
                    try await answers.answering(request("1"), from: "p") { EndpointResponse(status: 204) }
                }
                #expect(problem?.kind == .keyInUse && problem?.retryAfter != nil)
                return EndpointResponse(status: 204)
            }
        }
    }
}

extension Data {
    /// Whether the bytes stand somewhere in it.
    fileprivate func contains(_ other: Data) -> Bool { range(of: other) != nil }
}
