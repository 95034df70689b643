import Conformance
import Foundation
import Testing

extension SystemTests {
    /// Spans of real processes, as a collector that others wrote understands them: rotel, in `scripts/trace-collector`.
    @Suite("G1: one trace from the request to the handler")
    struct Traces {
        /// A span as the collector prints it.
        struct Span: Decodable {
            let trace: String
            let span: String
            let parent: String
            let name: String
            let kind: String
            let status: Int
            let attributes: [String: Value]
            let process: [String: Value]
        }

        /// A value of an attribute, as a text.
        struct Value: Decodable {
            let text: String

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let number = try? container.decode(Int.self) {
                    text = String(number)
                } else if let number = try? container.decode(Double.self) {
                    text = String(number)
                } else if let flag = try? container.decode(Bool.self) {
                    text = String(flag)
                } else {
                    text = (try? container.decode(String.self)) ?? ""
                }
            }
        }

        private static let callersTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
        private static let callersSpan = "00f067aa0ba902b7"

        @Test("request, submission, attempt and steps are one trace over two processes, and a failed attempt says so")
        func oneTrace() async throws {
            try await Installation.with { installation in
                let (collector, settings) = try await installation.collector()
                try Exec.install(in: installation.folder)
                let (server, api) = try await installation.server(roles: "api", environment: settings)
                let worker = try installation.start(["worker"], environment: settings)

                let reply = try await api.upload(
                    try sample("jfk.flac"), named: "speech.flac", to: "/api/v1/generate-video",
                    headers: ["traceparent": "00-\(Self.callersTrace)-\(Self.callersSpan)-01"])
                let job = try await api.ended(try reply.decode(API.JobDocument.self).id)
                #expect(job.state == "succeeded", "\(job.error?.message ?? "")")
                let bad = try await api.ended(try await Self.submit(api, #"{"text": 7}"#))
                #expect(bad.state == "dead")
                try await eventually("the server counts what it sent") {
                    String(decoding: try await api.send("GET", "/metrics").body, as: UTF8.self)
                        .contains(/(?m)^suisha_trace_spans_exported_total [1-9]/)
                }
                // Each process sends its own; one's spans can be there before the other's.
                let names =
                    ["POST /api/v1/generate-video", "submit generate-video", "run generate-video"]
                    + (job.steps ?? []).map { "step \($0.name)" } + ["POST /api/v1/jobs", "run count-words"]
                try await eventually("the spans arrive; the collector: \(collector.logText)") {
                    Set(Self.spans(collector).map(\.name)).isSuperset(of: names)
                }
                worker.signal(SIGTERM)
                #expect(try await worker.ended() == 0, "\(worker.logText)")
                server.signal(SIGTERM)
                #expect(try await server.ended() == 0, "\(server.logText)")

                let spans = Self.spans(collector)
                let request = try Self.only("POST /api/v1/generate-video", in: spans)
                #expect(request.trace == Self.callersTrace && request.parent == Self.callersSpan)
                #expect(request.kind == "server" && request.status == 0)
                #expect(request.attributes["http.route"]?.text == "/api/v1/generate-video")
                #expect(request.attributes["http.response.status_code"]?.text == "202")
                let submission = try Self.only("submit generate-video", in: spans)
                #expect(submission.parent == request.span && submission.kind == "producer")
                let run = try Self.only("run generate-video", in: spans)
                #expect(run.parent == submission.span && run.kind == "consumer" && run.status == 0)
                #expect(run.attributes["messaging.message.id"]?.text == job.id)
                #expect(run.attributes["suisha.job.outcome"]?.text == "succeeded")
                #expect(run.attributes["suisha.job.attempt"]?.text == "1")
                #expect(run.attributes["suisha.job.queue_wait"].flatMap { Double($0.text) }.map { $0 < 60 } == true)
                let steps = spans.filter { $0.name.hasPrefix("step ") }
                #expect(Set(steps.map(\.name)) == Set((job.steps ?? []).map { "step \($0.name)" }) && !steps.isEmpty)
                #expect(steps.allSatisfy { $0.parent == run.span && $0.trace == Self.callersTrace })
                #expect(Set(spans.filter { $0.trace == Self.callersTrace }.map(\.span)).count == steps.count + 3)
                #expect(run.process["process.pid"]?.text != request.process["process.pid"]?.text)
                #expect(run.process["service.name"]?.text == "suisha")

                let failed = try Self.only("run count-words", in: spans)
                #expect(failed.trace != Self.callersTrace && failed.status == 2)
                #expect(
                    failed.attributes["suisha.job.outcome"]?.text == "dead" && failed.attributes["error.type"] != nil)
                let route = try #require(spans.first { $0.name == "POST /api/v1/jobs" })
                #expect(route.trace == failed.trace && route.parent.isEmpty)
                // Not what is called all the time, nor names of things in paths.
                #expect(!spans.contains { $0.name.contains("livez") || $0.name.contains("job_") })
                #expect(worker.logText.contains(#""trace_id":"\#(Self.callersTrace)""#))
                #expect(server.logText.contains(#""trace_id":"\#(Self.callersTrace)""#))
            }
        }

        @Test("a share of 0 records nothing of its own, and the jobs say so to whoever runs them")
        func unsampled() async throws {
            try await Installation.with { installation in
                let (collector, settings) = try await installation.collector()
                try Exec.install(in: installation.folder)
                let (server, api) = try await installation.server(
                    environment: settings.merging(["SUISHA_TRACES_SAMPLE_RATIO": "0"]) { $1 })
                let doctor = try installation.start(["doctor", "--json"], environment: settings)
                _ = try await doctor.ended(within: .seconds(120))
                #expect(doctor.logText.contains("the collector takes spans"), "\(doctor.logText)")
                let id = try await Self.submit(api, #"{"text": "one two"}"#)
                #expect(try await api.ended(id).state == "succeeded")
                let document = try await api.send("GET", "/api/v1/jobs/\(id)").body
                let trace = (try JSONSerialization.jsonObject(with: document) as? [String: Any])?["trace"] as? String
                #expect(trace?.hasSuffix("-00") == true)
                // What a caller has decided holds; its span goes after all that would have gone before it.
                let traced = try await api.send(
                    "GET", "/api/v1/jobs/\(id)",
                    headers: ["traceparent": "00-\(Self.callersTrace)-\(Self.callersSpan)-01"])
                #expect(traced.status == 200)
                try await eventually("the caller's span arrives; the log: \(server.logText)") {
                    !Self.spans(collector).isEmpty
                }
                server.signal(SIGTERM)
                #expect(try await server.ended() == 0)
                let spans = Self.spans(collector)
                #expect(spans.map(\.name) == ["GET /api/v1/jobs/{id}"] && spans[0].trace == Self.callersTrace)
            }
        }

        /// Attacks: a collector that is not there.
        @Test("without its collector a server works and ends as ever, and says once what is wrong")
        func noCollector() async throws {
            try await Installation.with { installation in
                try Exec.install(in: installation.folder)
                // Nobody listens at port 1.
                let (server, api) = try await installation.server(
                    environment: ["SUISHA_TRACES_ENDPOINT": "http://127.0.0.1:1"])
                for _ in 0..<3 {
                    let id = try await Self.submit(api, #"{"text": "one two"}"#)
                    #expect(try await api.ended(id).state == "succeeded")
                }
                let complaint = "the collector does not take spans"
                try await eventually("it says so; the log: \(server.logText)") { server.logText.contains(complaint) }
                server.signal(SIGTERM)
                #expect(try await server.ended() == 0)
                #expect(server.logText.components(separatedBy: complaint).count == 2)
            }
        }

        private static func submit(_ api: API, _ input: String) async throws -> String {
            try await api.send(
                "POST", "/api/v1/jobs", headers: ["Content-Type": "application/json"],
                body: Data(#"{"kind": "count-words", "input": \#(input)}"#.utf8)
            ).decode(API.JobDocument.self).id
        }

        private static func spans(_ collector: SuishaProcess) -> [Span] {
            collector.logText.split(separator: "\n").compactMap {
                try? JSONDecoder().decode(Span.self, from: Data($0.utf8))
            }
        }

        private static func only(_ name: String, in spans: [Span]) throws -> Span {
            let found = spans.filter { $0.name == name }
            #expect(found.count == 1, "\(name) among \(spans.map(\.name))")
            return try #require(found.first)
        }
    }
}

extension Installation {
    /// Starts a collector and returns the settings that name it.
    fileprivate func collector() async throws -> (process: SuishaProcess, settings: [String: String]) {
        let script = SuishaProcess.project.appending(path: "scripts/trace-collector").path
        let collector = try run(["/usr/bin/env", "python3", "-B", script])
        let url = try await eventually("the collector listens: \(collector.logText)", within: .seconds(300)) {
            () -> String? in
            if !collector.isRunning { throw NeverHappened("The collector ended: \(collector.logText)") }
            return collector.logText.firstMatch(of: /"url": "([^"]+)"/).map { String($0.1) }
        }
        return (collector, ["SUISHA_TRACES_ENDPOINT": url])
    }
}
