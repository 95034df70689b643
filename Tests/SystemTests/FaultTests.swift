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

        /// Attacks: a job that was accepted runs to its end, whatever process dies where.
        @Test(
            "kill -9 at a place in the engine loses no job and leaves none behind", arguments: StoreFixture.all,
            FaultPoint.allCases)
        func crash(fixture: StoreFixture, place: FaultPoint) async throws {
            // Only an index proposes, and it has to do with few other places.
            let concernsIndex: Set<FaultPoint> = [.changed, .proposed, .claimed, .promoting]
            guard fixture.hasIndex ? concernsIndex.contains(place) : place != .proposed else { return }
            try await fixture.withPlace { settings in
                try await Installation.with(settings) { try await crash($0, at: place) }
            }
        }

        private func crash(_ installation: Installation, at place: FaultPoint) async throws {
            let load = try TouchLoad(in: installation)

            // The first server dies at the place, at some point in the middle of the work.
            let count = place == .sweeping ? 1 : 3
            let first = try await installation.server(environment: ["SUISHA_FAULT": "\(place.rawValue):\(count)"])
            try await schedule(first.api)
            var accepted: [String] = []
            for number in 0..<Self.jobs {
                guard let reply = try? await load.submit(number, to: first.api), reply.status == 202 else { break }
                accepted.append(try reply.decode(API.JobDocument.self).id)
            }
            try await eventually("the server dies at \(place); its log: \(first.process.logText)") {
                !first.process.isRunning
            }

            // The second finds everything as it was.
            let second = try await installation.server()
            for number in 0..<Self.jobs {
                let reply = try await load.submit(number, to: second.api)
                // The same key: what was accepted, and what was stored without an answer, is there already.
                #expect(reply.status == 200 || reply.status == 202, "\(String(decoding: reply.body, as: UTF8.self))")
                accepted.append(try reply.decode(API.JobDocument.self).id)
            }
            let ids = Set(accepted)
            #expect(ids.count == Self.jobs)
            try await load.expectAllRan(ids, on: second.api)
        }

        /// A schedule that is due each second, for the leader.
        private func schedule(_ api: API) async throws {
            let body = #"{"kind": "touch", "input": {}, "cron": "@every 1s"}"#
            let reply = try await api.send(
                "PUT", "/api/v1/schedules/often", headers: ["Content-Type": "application/json"], body: Data(body.utf8))
            #expect(reply.status == 200, "\(String(decoding: reply.body, as: UTF8.self))")
        }
    }
}
