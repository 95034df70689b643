import Conformance
import Foundation
import Storage
import Testing

extension SystemTests {
    /// Real processes, ended by `kill -9` at chosen places; what they had accepted still happens.
    @Suite("A2: the queue survives a crash anywhere")
    struct Faults {
        /// How many jobs each run has.
        private static let jobs = 12

        /// A store, and the place where the process that works on it dies.
        struct Site: CustomStringConvertible {
            let fixture: StoreFixture
            let place: FaultPoint
            /// At which of the times that it comes there.
            var count = 3

            var description: String { "\(fixture) \(place):\(count)" }
        }

        private static let sites = StoreFixture.all.flatMap { fixture in
            // Only an index proposes.
            FaultPoint.allCases.filter { fixture.hasIndex || $0 != .proposed }
                .map { Site(fixture: fixture, place: $0, count: $0 == .sweeping ? 1 : 3) }
        }

        private static let gatheringSites = StoreFixture.all.flatMap { fixture in
            [(FaultPoint.finishing, 1), (.finishing, 2), (.changed, 3)]
                .map { Site(fixture: fixture, place: $0.0, count: $0.1) }
        }

        /// Attacks: a job that was accepted runs to its end, whatever process dies where.
        @Test("kill -9 at a place in the engine loses no job and leaves none behind", arguments: sites)
        func crash(site: Site) async throws {
            try await site.fixture.withPlace { settings in
                try await Installation.with(settings) { try await crash($0, at: site) }
            }
        }

        /// Attacks: the job that gathers is forgotten, runs twice, or runs before the last of those that it waits for.
        @Test(
            "kill -9 as the last jobs of a batch end: the one that gathers runs after them", arguments: gatheringSites)
        func gathering(site: Site) async throws {
            try await site.fixture.withPlace { settings in
                try await Installation.with(settings) { installation in
                    let load = try TouchLoad(in: installation, seconds: 0.2)
                    let first = try await installation.server(environment: [
                        "SUISHA_FAULT": "\(site.place):\(site.count)"
                    ])
                    _ = try? await load.submitBatch(to: first.api)
                    try await eventually("the server dies at \(site); its log: \(first.process.logText)") {
                        !first.process.isRunning
                    }
                    let second = try await installation.server()
                    let reply = try await load.answer { try await load.submitBatch(to: second.api) }
                    let batch = try reply.decode(TouchLoad.Batch.self)
                    let last = try #require(batch.then)
                    #expect(try await second.api.ended(last).state == "succeeded")
                    // Whoever ran again after the crash stands there twice; the first run is what counts for the order.
                    let lines = load.lines
                    let position = try #require(lines.firstIndex(of: last))
                    #expect(Set(lines[..<position]).count == 2, "\(lines)")
                    try await load.expectAllRan(Set(lines), on: second.api)
                }
            }
        }

        private func crash(_ installation: Installation, at site: Site) async throws {
            let load = try TouchLoad(in: installation)

            // The first server dies at the place, at some point in the middle of the work.
            let first = try await installation.server(environment: ["SUISHA_FAULT": "\(site.place):\(site.count)"])
            try await schedule(first.api)
            var accepted: [String] = []
            for number in 0..<Self.jobs {
                guard let reply = try? await load.submit(number, to: first.api), reply.status == 202 else { break }
                accepted.append(try reply.decode(API.JobDocument.self).id)
            }
            try await eventually("the server dies at \(site); its log: \(first.process.logText)") {
                !first.process.isRunning
            }

            // The second finds everything as it was.
            let second = try await installation.server()
            for number in 0..<Self.jobs {
                let reply = try await load.answer { try await load.submit(number, to: second.api) }
                // The same key: what was accepted, and what was stored without an answer, is there already.
                #expect(reply.status == 200 || reply.status == 202, "\(String(decoding: reply.body, as: UTF8.self))")
                accepted.append(try reply.decode(API.JobDocument.self).id)
            }
            let ids = Set(accepted)
            #expect(ids.count == Self.jobs)
            try await expectEachTick(of: second.api)
            try await load.expectAllRan(ids, on: second.api)
        }

        /// Waits for some ticks of the new leader, and checks that each since the first made one job.
        private func expectEachTick(of api: API) async throws {
            let ticks = try await eventually("the schedule goes on") { () -> [Int]? in
                let ticks = try await firedTicks(api)
                return ticks.count < 3 ? nil : ticks
            }
            #expect(zip(ticks, ticks.dropFirst()).allSatisfy { $1 - $0 == 1 }, "it fired at \(ticks)")
            _ = try await api.send("POST", "/api/v1/schedules/often/pause")
        }

        /// The seconds for which the schedule made jobs, in order.
        private func firedTicks(_ api: API) async throws -> [Int] {
            try await api.send("GET", "/api/v1/jobs?kind=touch&limit=100").decode(Jobs.self).items.compactMap { job in
                guard let text = job.requestID?.split(separator: "schedule often at ").last, text != job.requestID?[...]
                else { return nil }
                let format = Date.ISO8601FormatStyle(includingFractionalSeconds: text.contains("."))
                return Int(try Date(String(text), strategy: format).timeIntervalSince1970.rounded())
            }.sorted()
        }

        private struct Jobs: Decodable {
            struct Job: Decodable {
                let requestID: String?
                private enum CodingKeys: String, CodingKey { case requestID = "request_id" }
            }
            let items: [Job]
        }

        /// A schedule that is due each second, for the leader; what is missed while none is there is made up for.
        private func schedule(_ api: API) async throws {
            let body = #"{"kind": "touch", "input": {}, "cron": "@every 1s", "missed": "all:1000"}"#
            let reply = try await api.send(
                "PUT", "/api/v1/schedules/often", headers: ["Content-Type": "application/json"], body: Data(body.utf8))
            #expect(reply.status == 200, "\(String(decoding: reply.body, as: UTF8.self))")
        }
    }
}
