import Conformance
import Model
import Storage
import Testing

@testable import Operations

@Suite("Rollups in the database (G2)")
struct RollupStoreTests {
    private let start = Timestamp(microseconds: 1_772_366_400_000_000)

    private func withStore(
        _ fixture: DatabaseFixture, _ body: (RollupStore) async throws -> Void
    ) async throws {
        try await fixture.withDatabase(migrations: Migration.all + OperationsMigrations.all) { trial in
            try await body(RollupStore(database: trial.database))
        }
    }

    private func samples(_ seconds: Range<Int>, requests: Double = 2) -> [Sample] {
        seconds.map { Sample(at: start + .seconds($0), rollup: RollupTests.second(requests)) }
    }

    @Test("seconds stand together in rows and are found again one by one", arguments: DatabaseFixture.all)
    func seconds(fixture: DatabaseFixture) async throws {
        try await withStore(fixture) { store in
            try await store.add(samples(0..<25), of: "a")
            try await store.add(samples(3..<5), of: "b")
            let all = try await store.entries(.seconds, from: start, to: start + .seconds(60))
            #expect(all.entries.count == 27 && all.rows == 4)
            #expect(all.entries.map(\.at) == all.entries.map(\.at).sorted())
            let some = try await store.entries(
                .seconds, from: start + .seconds(8), to: start + .seconds(12), node: "a")
            #expect(some.entries.map(\.at) == (8..<12).map { start + .seconds($0) })
            #expect(some.entries.first?.rollup.counts[.requests]?.total == 2)
            #expect(try await store.entries(.seconds, from: start, to: start + .seconds(60), limit: 2).rows == 2)
        }
    }

    @Test(
        "minutes are made of seconds and hours of minutes; making them again changes nothing",
        arguments: DatabaseFixture.all)
    func condensing(fixture: DatabaseFixture) async throws {
        try await withStore(fixture) { store in
            try await store.add(samples(0..<150), of: "a")
            for _ in 0..<2 {
                try await store.condense(.minutes, at: start, of: "a")
                try await store.condense(.minutes, at: start + .seconds(60), of: "a")
                try await store.condense(.minutes, at: start + .seconds(600), of: "a")
                try await store.condense(.hours, at: start, of: "a")
            }
            let minutes = try await store.entries(.minutes, from: start, to: start + .seconds(3_600)).entries
            #expect(minutes.map(\.at) == [start, start + .seconds(60)])
            #expect(minutes.map(\.rollup.measured) == [60, 60])
            #expect(minutes.first?.rollup.histograms[.requests]?.count == 120)
            let hours = try await store.entries(.hours, from: start, to: start + .seconds(3_600)).entries
            #expect(hours.map(\.rollup.counts) == [[.requests: Tally(total: 240, greatest: 2)]])
        }
    }

    @Test(
        "stretches of nodes that are gone are made by others, those that go on are left", arguments: DatabaseFixture.all
    )
    func missing(fixture: DatabaseFixture) async throws {
        try await withStore(fixture) { store in
            try await store.add(samples(0..<130), of: "gone")
            try await store.add(samples(0..<60), of: "here")
            try await store.condense(.minutes, at: start, of: "here")
            let end = start + .seconds(125)
            #expect(try await store.condenseMissing(.minutes, from: start, to: end) == 2)
            #expect(try await store.condenseMissing(.minutes, from: start, to: end) == 0)
            let minutes = try await store.entries(.minutes, from: start, to: start + .seconds(3_600)).entries
            #expect(
                minutes.map { "\($0.node) \(($0.at - start).components.seconds)" } == ["gone 0", "here 0", "gone 60"])
            #expect(try await store.condenseMissing(.hours, from: start, to: start + .seconds(3_500)) == 0)
            #expect(try await store.condenseMissing(.hours, from: start, to: start + .seconds(3_700)) == 2)
        }
    }

    @Test("each resolution is forgotten in its time", arguments: DatabaseFixture.all)
    func retention(fixture: DatabaseFixture) async throws {
        try await withStore(fixture) { store in
            try await store.add(samples(0..<10), of: "a")
            try await store.condense(.minutes, at: start, of: "a")
            try await store.condense(.hours, at: start, of: "a")
            func left() async throws -> [Int] {
                var counts: [Int] = []
                for resolution in Resolution.allCases {
                    counts.append(
                        try await store.entries(resolution, from: start, to: start + .seconds(3_600)).entries.count)
                }
                return counts
            }
            for (age, expected) in [
                (3_500, [10, 1, 1]), (3_700, [0, 1, 1]), (8 * 86_400, [0, 0, 1]), (91 * 86_400, [0, 0, 0]),
            ] {
                try await store.removeOld(SampleRetention(), at: start + .seconds(age))
                #expect(try await left() == expected)
            }
        }
    }
}
