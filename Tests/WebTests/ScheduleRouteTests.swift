import Foundation
import Model
import NIOHTTP1
import Storage
import Testing

@Suite("Schedules over HTTP (A4, C1)")
struct ScheduleRouteTests {
    private let daily =
        #"{"kind":"echo","input":{"text":"a"},"cron":"30 9 * * *","time_zone":"Asia/Tokyo","priority":4}"#

    @Test("a schedule is made, read, replaced, paused, resumed and removed")
    func life() async throws {
        try await TestServer.with(worker: false) { server in
            #expect(try await server.send(.GET, "/api/v1/schedules").items().isEmpty)
            let made = try await server.send(.PUT, "/api/v1/schedules/nightly.1", json: daily)
            #expect(made.status == 200, "\(made.text)")
            #expect(try made.string("missed") == "latest")
            #expect(try made.string("next_at").hasSuffix("T00:30:00.000Z"))
            #expect(try made.json()["paused"] as? Bool == false)
            #expect(!made.text.contains("ws_"))
            let list = try await server.send(.GET, "/api/v1/schedules").items()
            #expect(list.compactMap { $0["name"] as? String } == ["nightly.1"])

            let paused = try await server.send(.POST, "/api/v1/schedules/nightly.1/pause")
            #expect(try paused.json()["paused"] as? Bool == true)
            #expect(try paused.json()["next_at"] == nil)
            let replaced = try await server.send(
                .PUT, "/api/v1/schedules/nightly.1", json: #"{"kind":"fail","input":{},"cron":"@hourly"}"#)
            #expect(try replaced.string("kind") == "fail" && replaced.string("time_zone") == "UTC")
            #expect(try replaced.json()["paused"] as? Bool == true)
            let resumed = try await server.send(.POST, "/api/v1/schedules/nightly.1/resume")
            #expect(try resumed.string("next_at").hasSuffix(":00:00.000Z"))

            #expect(try await server.send(.DELETE, "/api/v1/schedules/nightly.1").status == 204)
            #expect(try await server.send(.DELETE, "/api/v1/schedules/nightly.1").status == 404)
            #expect(try await server.send(.GET, "/api/v1/schedules/nightly.1").status == 404)
        }
    }

    @Test(
        "what cannot be is refused with the field and what is allowed",
        arguments: [
            ("x", #"{"kind":"echo","input":{},"cron":"0 25 * * *"}"#, 422, "cron", "0-23"),
            ("x", #"{"kind":"echo","input":{},"cron":"* * * * *","time_zone":"Mars/Base"}"#, 422, "time_zone", "IANA"),
            ("x", #"{"kind":"echo","input":{},"cron":"@daily","missed":"all:0"}"#, 422, "missed", "all:N"),
            ("x", #"{"kind":"echo","input":{},"cron":"@daily","priority":101}"#, 422, "priority", "-100"),
            ("x", #"{"kind":"none","input":{},"cron":"@daily"}"#, 422, "kind", "there are: copy"),
            ("x", #"{"kind":"echo","input":{"text":"bad"},"cron":"@daily"}"#, 422, "text", "bad"),
            ("x", #"{"kind":"echo","cron":"@daily"}"#, 400, "input", "missing"),
            ("x", #"{"kind":"echo","input":{}}"#, 400, "cron", "missing"),
            ("X", #"{"kind":"echo","input":{},"cron":"@daily"}"#, 422, "name", "small letters"),
            ("a%20b", #"{"kind":"echo","input":{},"cron":"@daily"}"#, 422, "name", "small letters"),
            (
                String(repeating: "n", count: 101), #"{"kind":"echo","input":{},"cron":"@daily"}"#, 422, "name",
                "1 to 100"
            ),
        ])
    func refused(name: String, body: String, status: Int, field: String, says: String) async throws {
        try await TestServer.with(worker: false) { server in
            let answer = try await server.send(.PUT, "/api/v1/schedules/\(name)", json: body)
            #expect(answer.status == status, "\(answer.text)")
            #expect(try answer.string("field") == field)
            #expect(try answer.string("detail").contains(says))
            #expect(try await server.send(.GET, "/api/v1/schedules").items().isEmpty)
        }
    }

    @Test("the next ticks are shown by its clocks and in UTC")
    func preview() async throws {
        try await TestServer.with(worker: false) { server in
            _ = try await server.send(.PUT, "/api/v1/schedules/morning", json: daily)
            let ticks = try await server.send(.GET, "/api/v1/schedules/morning/next?count=3").items()
            #expect(ticks.count == 3)
            for tick in ticks {
                #expect((tick["at"] as? String)?.hasSuffix("T00:30:00.000Z") == true)
                #expect((tick["local"] as? String)?.hasSuffix(" 09:30:00+0900") == true, "\(tick)")
            }
            #expect(try await server.send(.GET, "/api/v1/schedules/morning/next").items().count == 5)
            #expect(try await server.send(.GET, "/api/v1/schedules/morning/next?count=0").status == 400)
            #expect(try await server.send(.GET, "/api/v1/schedules/evening/next").status == 404)
            let never = #"{"kind":"echo","input":{},"cron":"0 0 30 2 *"}"#
            #expect(try await server.send(.PUT, "/api/v1/schedules/never", json: never).json()["next_at"] == nil)
            #expect(try await server.send(.GET, "/api/v1/schedules/never/next").items().isEmpty)
        }
    }

    @Test("run submits a job now, also while the schedule is paused, and once for one key")
    func run() async throws {
        try await TestServer.with { server in
            _ = try await server.send(.PUT, "/api/v1/schedules/morning", json: daily)
            _ = try await server.send(.POST, "/api/v1/schedules/morning/pause")
            let key = [("Idempotency-Key", "monday")]
            let first = try await server.send(.POST, "/api/v1/schedules/morning/run", key)
            #expect(first.status == 202)
            let job = try await server.wait(for: first.string("id"), toBe: [.succeeded])
            #expect(job.priority == 4 && job.kind == "echo")
            let again = try await server.send(.POST, "/api/v1/schedules/morning/run", key)
            #expect(again.status == 200)
            #expect(try again.string("id") == first.string("id"))
            for verb in ["run", "pause", "resume"] {
                #expect(try await server.send(.POST, "/api/v1/schedules/evening/\(verb)").status == 404)
            }
        }
    }

    @Test("a schedule fires through the worker, and remembers its job")
    func fires() async throws {
        try await TestServer.with { server in
            let body = #"{"kind":"echo","input":{"text":"tick"},"cron":"@every 1s"}"#
            _ = try await server.send(.PUT, "/api/v1/schedules/ticking", json: body)
            let job = try await within(.seconds(60), "a tick") {
                for await _ in server.store.changes(in: .local) {
                    let schedule = try await server.store.schedule("ticking", in: .local)
                    if let job = schedule?.lastJob { return job.description }
                }
                throw TestFailure("the store closed")
            }
            _ = try await server.wait(for: job, toBe: [.succeeded])
        }
    }

    @Test("schedules of another workspace are not there")
    func otherWorkspaces() async throws {
        try await TestServer.with(worker: false) { server in
            let other = WorkspaceID()
            _ = try await server.store.put(
                NewSchedule(
                    workspace: other, name: "theirs", kind: "echo", input: .emptyObject, inputHash: "h",
                    cron: CronExpression(parsing: "@daily"), zone: .gmt))
            #expect(try await server.send(.GET, "/api/v1/schedules").items().isEmpty)
            #expect(try await server.send(.GET, "/api/v1/schedules/theirs").status == 404)
            #expect(try await server.send(.DELETE, "/api/v1/schedules/theirs").status == 404)
            #expect(try await server.send(.POST, "/api/v1/schedules/theirs/run").status == 404)
            _ = try await server.send(.PUT, "/api/v1/schedules/theirs", json: daily)
            #expect(try await server.store.schedule("theirs", in: other)?.cron == "@daily")
        }
    }
}
