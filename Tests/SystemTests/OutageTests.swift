import Conformance
import Foundation
import Synchronization
import Testing

extension SystemTests {
    /// Servers, processes and clocks that fail while work is under way. Nothing that was accepted is lost, nothing is stuck.
    @Suite("A1, A2: the queue survives what it stands on")
    struct Outages {
        private static let jobs = 60

        /// Attacks: connections that break in the middle of anything.
        @Test("PostgreSQL restarts twice under load (case 20)", arguments: [false, true])
        func databaseRestarts(hasIndex: Bool) async throws {
            try await PostgresServer.with { postgres in
                var settings = ["SUISHA_DATABASE_URL": postgres.url]
                guard hasIndex else {
                    return try await run(settings) { _, _, _ in try await postgres.control("restart") }
                }
                try await RedisServer.with { redis in
                    settings["SUISHA_QUEUE_URL"] = redis.url
                    try await run(settings) { _, _, _ in try await postgres.control("restart") }
                }
            }
        }

        /// Attacks: the truth of the database against an index that forgets.
        @Test("Redis forgets everything, and dies, under load (case 21)", arguments: DatabaseFixture.all)
        func indexIsLost(fixture: DatabaseFixture) async throws {
            try await RedisServer.with { redis in
                try await fixture.withPlace { url in
                    try await run(["SUISHA_DATABASE_URL": url, "SUISHA_QUEUE_URL": redis.url]) { load, _, round in
                        let before = load.lines.count
                        try await redis.kill()
                        // Once it is back at once, and once the queue goes on without it for a while.
                        if round == 1 {
                            try await eventually("work goes on without it") {
                                load.lines.count >= min(before + 5, Self.jobs)
                            }
                        }
                        try await redis.start()
                    }
                }
            }
        }

        /// Attacks: an index that offers jobs which have ended, and knows nothing of the latest.
        @Test("a stale replica of Redis becomes the master under load (case 22)", arguments: DatabaseFixture.all)
        func staleIndex(fixture: DatabaseFixture) async throws {
            try await RedisServer.withReplica { master, replica, sentinel in
                try await fixture.withPlace { url in
                    let index = "redis+sentinel://127.0.0.1:\(sentinel.port)/main"
                    try await run(["SUISHA_DATABASE_URL": url, "SUISHA_QUEUE_URL": index], rounds: 1) { load, _, _ in
                        replica.signal(SIGSTOP)
                        try await master.dropReplicas()
                        let before = load.lines.count
                        try await eventually("the replica gets stale") {
                            load.lines.count >= min(before + 10, Self.jobs)
                        }
                        try await master.kill()
                        replica.signal(SIGCONT)
                        try await eventually("the replica is promoted") { sentinel.log.contains("+switch-master") }
                    }
                }
            }
        }

        /// Attacks: writes that fail anywhere in a transaction, and outcomes that cannot be stored.
        @Test("the disk of PostgreSQL fills up under load (case 23)")
        func databaseIsFull() async throws {
            try await PostgresServer.with(diskBytes: 100 << 20) { postgres in
                try await run(["SUISHA_DATABASE_URL": postgres.url], rounds: 1) { load, api, _ in
                    try await postgres.control("fill")
                    var number = 1_000
                    let refusal = try await eventually("a submission is refused") { () -> API.Reply? in
                        number += 1
                        // One that gets no answer in time says nothing: the next one may.
                        guard let reply = try? await load.submit(number, to: api) else { return nil }
                        return reply.status == 202 ? nil : reply
                    }
                    let text = String(decoding: refusal.body, as: UTF8.self)
                    #expect(refusal.status == 507 && text.contains("free some space"), "\(text)")
                    try await postgres.control("free")
                }
            }
        }

        /// Submits jobs to a server with a worker while something breaks, twice unless told otherwise.
        private func run(
            _ settings: [String: String], rounds: Int = 2,
            breaking: (_ load: TouchLoad, _ api: API, _ round: Int) async throws -> Void
        ) async throws {
            try await Installation.with(settings) { installation in
                let load = try TouchLoad(in: installation, seconds: 0.05)
                let (process, api) = try await installation.server()
                async let submitted = load.submitAll(0..<Self.jobs, to: { api })
                for round in 0..<rounds {
                    let before = load.lines.count
                    try await eventually("work goes on; the log: \(process.logText)") {
                        load.lines.count >= min(before + 8, Self.jobs)
                    }
                    try await breaking(load, api, round)
                }
                try await load.expectAllRan(try await submitted, on: api)
                #expect(process.isRunning)
            }
        }

        /// Attacks: everything at once, again and again. Two servers on one store, of which one dies each time.
        @Test("a loop of kill -9 loses nothing and leaves nothing (case 24)", arguments: StoreFixture.all)
        func killLoop(fixture: StoreFixture) async throws {
            try await fixture.withPlace { settings in
                try await Installation.with(settings) { installation in
                    let load = try TouchLoad(in: installation, seconds: 0.1)
                    let servers = Mutex([try await installation.server(), try await installation.server()])
                    async let submitted = load.submitAll(0..<60) { servers.withLock { $0.randomElement()?.api } }
                    for round in 0..<6 {
                        let before = load.lines.count
                        try await eventually("work goes on in round \(round) after \(before) runs") {
                            load.lines.count >= min(before + 8, 60)
                        }
                        try await servers.withLock { $0[round % 2].process }.killNow()
                        let next = try await installation.server()
                        servers.withLock { $0[round % 2] = next }
                    }
                    let api = servers.withLock { $0[0].api }
                    try await load.expectAllRan(try await submitted, on: api)
                }
            }
        }

        /// Attacks: two owners of one job.
        @Test("a worker that was frozen past its lease writes nothing more (case 3)", arguments: StoreFixture.all)
        func frozenOwner(fixture: StoreFixture) async throws {
            try await fixture.withPlace { settings in
                try await Installation.with(settings) { installation in
                    // Long enough to be frozen in, which may take some tries.
                    let load = try TouchLoad(in: installation, seconds: 30)
                    let (_, api) = try await installation.server(roles: "api")
                    let first = try installation.start(["worker"])
                    let reply = try await load.answer { try await load.submit(1, to: api) }
                    let id = try reply.decode(API.JobDocument.self).id
                    try await eventually("the job runs") { try await api.job(id).state == "leased" }
                    try await first.freeze(beside: api)
                    try load.letJobsTake(1)
                    let second = try installation.start(["worker"])
                    let job = try await api.ended(id)
                    #expect(job.state == "succeeded" && job.attempt == 2)
                    first.signal(SIGCONT)
                    try await eventually("the frozen worker notices; its log: \(first.logText)") {
                        first.logText.contains("session lapsed") || first.logText.contains("may have lapsed")
                            || first.logText.contains("belongs to another worker")
                    }
                    try await second.killNow()
                    #expect(try await api.job(id).attempt == 2)
                    // It is good for new work, under a new session.
                    let next = try await load.answer { try await load.submit(2, to: api) }
                    let other = try next.decode(API.JobDocument.self).id
                    #expect(try await api.ended(other).state == "succeeded")
                }
            }
        }

        /// Attacks: leases that a wrong clock would end early, or never.
        @Test(
            "a worker whose clock is an hour off keeps its leases, and its jobs go on when it dies (case 7)",
            arguments: ["+1h", "-1h"])
        func wrongClock(offset: String) async throws {
            let library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
            guard FileManager.default.fileExists(atPath: library) else {
                guard ProcessInfo.processInfo.environment["CI"] == nil else {
                    throw NeverHappened("CI has no libfaketime: apt-get install libfaketime")
                }
                try Test.cancel("no libfaketime: apt-get install libfaketime")
            }
            try await DatabaseFixture.postgres.withPlace { url in
                try await Installation.with(["SUISHA_DATABASE_URL": url]) { installation in
                    // Longer than a lease.
                    let load = try TouchLoad(in: installation, seconds: 8)
                    let (_, api) = try await installation.server(roles: "api")
                    // By way of `env`: the library moves the environment of the program that it is loaded into first, and
                    // Swift finds a program's arguments beside the environment.
                    let worker = try installation.run(
                        ["/usr/bin/env", SuishaProcess.products.appending(path: "suisha").path, "worker"],
                        environment: ["LD_PRELOAD": library, "FAKETIME": offset, "DONT_FAKE_MONOTONIC": "1"])
                    let answer = try await load.answer { try await load.submit(1, to: api) }
                    let first = try answer.decode(API.JobDocument.self).id
                    let job = try await api.ended(first)
                    #expect(job.state == "succeeded" && job.attempt == 1, "the log: \(worker.logText)")
                    let next = try await load.answer { try await load.submit(2, to: api) }
                    let second = try next.decode(API.JobDocument.self).id
                    try await eventually("it runs") { try await api.job(second).state == "leased" }
                    try await worker.killNow()
                    _ = try installation.start(["worker"])
                    #expect(try await api.ended(second).state == "succeeded")
                }
            }
        }
    }
}
