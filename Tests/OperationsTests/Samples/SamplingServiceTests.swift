import Conformance
import Endpoints
import Foundation
import Model
import Storage
import Testing

@testable import Operations

@Suite("Measuring each second (G2, G7)")
struct SamplingServiceTests {
    private func withTrial(
        _ fixture: DatabaseFixture, _ body: (any SQLDatabase, TestTime) async throws -> Void
    ) async throws {
        try await fixture.withDatabase(migrations: Migration.all + OperationsMigrations.all) { trial in
            try await body(trial.database, TestTime(trial.clock))
        }
    }

    private func everything(of node: TestNode) async throws -> [RollupStore.Entry] {
        let now = node.service.now
        return try await node.service.rollups.entries(
            .seconds, from: now + .seconds(-3_600), to: now + .seconds(60)
        ).entries
    }

    @Test("each second is measured once, stored, and made a part of its minute", arguments: DatabaseFixture.all)
    func storing(fixture: DatabaseFixture) async throws {
        try await withTrial(fixture) { database, time in
            let node = TestNode("web", on: database, time)
            _ = try await node.service.perform(.sign)
            node.service.tick()
            for _ in 0..<130 {
                node.answer(2)
                time.second(node)
            }
            #expect(node.service.live.unstored.count == 130)
            _ = try await node.service.perform(.store)
            #expect(node.service.live.unstored.isEmpty)
            let seconds = try await everything(of: node)
            #expect(seconds.count == 130 && Set(seconds.map(\.at)).count == 130)
            #expect(seconds.allSatisfy { $0.node == "web" && $0.rollup.counts[.requests]?.total == 2 })
            let newest = try #require(seconds.map(\.at).max())
            #expect((0...2).contains((node.service.now - newest).fractionalSeconds))
            let first = try #require(seconds.map(\.at).min())
            let minutes = try await node.service.rollups.entries(
                .minutes, from: first + .seconds(-60), to: newest
            ).entries
            #expect((2...3).contains(minutes.count))
            #expect(minutes.contains { $0.rollup.counts[.requests]?.total == 120 })
        }
    }

    @Test("a restart in the middle of a minute loses nothing of it", arguments: DatabaseFixture.all)
    func restart(fixture: DatabaseFixture) async throws {
        try await withTrial(fixture) { database, time in
            // Begin with a minute, so that all seconds are in one.
            let rest = time.now.floor(to: .seconds(60)) + .seconds(60) - time.now
            time.clock.advance(by: rest + .milliseconds(10))
            for _ in 0..<2 {
                let node = TestNode("web", on: database, time)
                _ = try await node.service.perform(.sign)
                node.service.tick()
                for _ in 0..<20 {
                    node.answer(1)
                    time.second(node)
                }
                _ = try await node.service.perform(.store)
                #expect(node.service.name == "web")
            }
            time.clock.advance(by: .seconds(150))
            let other = TestNode("other", on: database, time)
            _ = try await other.service.perform(.sign)
            _ = try await other.service.perform(.sweep)
            let now = other.service.now
            let minutes = try await other.service.rollups.entries(.minutes, from: now + .seconds(-600), to: now)
            #expect(minutes.entries.map(\.rollup.measured) == [40])
        }
    }

    @Test(
        "while the database is away nothing is lost that fits, and measuring goes on",
        arguments: [DatabaseFixture.sqlite])
    func outage(fixture: DatabaseFixture) async throws {
        try await withTrial(fixture) { database, time in
            let node = TestNode("web", on: database, time)
            node.service.tick()
            for _ in 0..<700 { time.second(node) }
            // It has no name yet, so nothing can be stored; the oldest are dropped.
            _ = try await node.service.perform(.store)
            let kept = node.service.live.unstored
            #expect((500...600).contains(kept.count))
            _ = try await node.service.perform(.sign)
            _ = try await node.service.perform(.store)
            #expect(try await everything(of: node).count == kept.count)
        }
    }

    @Test("the database's clock names the seconds, whatever the machine's says", arguments: DatabaseFixture.all)
    func clocks(fixture: DatabaseFixture) async throws {
        try await withTrial(fixture) { database, time in
            let node = TestNode("web", on: database, time, lag: .seconds(500))
            _ = try await node.service.perform(.sign)
            node.service.tick()
            time.second(node)
            let newest = try #require(node.service.live.newest)
            #expect((0...3).contains((time.now - newest.at).fractionalSeconds))
        }
    }

    @Test(
        "switched off nothing is measured, and on again there is a gap and no false second",
        arguments: [DatabaseFixture.sqlite])
    func off(fixture: DatabaseFixture) async throws {
        try await withTrial(fixture) { database, time in
            let node = TestNode("web", on: database, time, isOn: false)
            for _ in 0..<3 { time.second(node) }
            #expect(node.service.live.newest == nil)
            _ = try await node.call("setSampling", body: #"{"on":true}"#)
            #expect(try await node.json("getSampling")["on"] as? Bool == true)
            time.second(node)
            time.second(node)
            #expect(node.service.live.unstored.count == 1)
            _ = try await node.call("setSampling", body: #"{"on":false}"#)
            time.second(node)
            _ = try await node.call("setSampling", body: #"{"on":true}"#)
            time.second(node)
            #expect(node.service.live.unstored.count == 1)
        }
    }

    @Test("whether things are there is asked, and what does not answer is not", arguments: [DatabaseFixture.sqlite])
    func health(fixture: DatabaseFixture) async throws {
        try await withTrial(fixture) { database, time in
            let node = TestNode(
                "web", on: database, time,
                checks: [
                    BusReading(LocalBus()).reading,
                    HealthReading(.cacheUp) { throw Unexpected(description: "away") },
                ])
            await node.service.readHealth()
            node.service.tick()
            time.second(node)
            let sample = try #require(node.service.live.newest?.rollup)
            #expect(shown(sample, "database_up") == 1 && shown(sample, "database_ms") != nil)
            #expect(shown(sample, "bus_up") == 1 && shown(sample, "cache_up") == 0)
        }
    }

    @Test(
        "run ends soon after it was cancelled, with the last seconds stored and the name given back",
        arguments: DatabaseFixture.all)
    func run(fixture: DatabaseFixture) async throws {
        try await withTrial(fixture) { database, time in
            let node = TestNode("web", on: database, time, clock: .system)
            let task = Task { await node.service.run() }
            try await eventually("the node has a name and a sample") {
                node.service.name != nil && node.service.live.newest != nil
            }
            task.cancel()
            await task.value
            #expect(try await !everything(of: node).isEmpty)
            #expect(try await node.service.nodes().map(\.isAlive) == [false])
        }
    }
}

@Suite("What is due when (G2)")
struct SampleUpkeepTests {
    private let start = ContinuousClock.now

    @Test("seconds are stored every ten, and every two while somebody looks")
    func storing() {
        var upkeep = SampleUpkeep()
        func stores(from: Int, _ seconds: Int) -> Int {
            (from..<(from + seconds)).count { second in
                upkeep.due(at: start + .seconds(second), isOn: true, isFollowed: false).contains(.store)
            }
        }
        #expect(stores(from: 0, 100) == 10)
        upkeep.ended(.facts, isWatched: true)
        #expect(stores(from: 100, 100) == 50)
        upkeep.ended(.facts, isWatched: false)
        upkeep.ended(.store, isWatched: nil)
        #expect((9...11).contains(stores(from: 200, 100)))
    }

    @Test(
        "others are read only for those who follow, the queue only while it is measured, and no start begins with a sweep"
    )
    func conditions() {
        var upkeep = SampleUpkeep()
        let first = upkeep.due(at: start, isOn: false, isFollowed: false)
        #expect(first == [.sign, .store])
        #expect(upkeep.due(at: start + .seconds(1), isOn: true, isFollowed: true) == [.facts, .peers])
        #expect(upkeep.due(at: start + .seconds(70), isOn: true, isFollowed: false).contains(.sweep))
    }

    @Test("one failure a minute is worth a line")
    func complaints() {
        var upkeep = SampleUpkeep()
        let lines = (0..<180).count { upkeep.shallComplain(at: start + .seconds($0)) }
        #expect(lines == 3)
    }
}
