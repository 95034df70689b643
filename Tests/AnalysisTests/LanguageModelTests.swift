import Foundation
import Model
import Outbound
import SpeechVideo
import Synchronization
import Testing

@Suite("A language model as analyser")
struct LanguageModelTests {
    static let narration = "Water evaporates from the sea. The vapor forms clouds. Rain falls from the clouds."
    static let transcript = TextTimeline(wordsPerMinute: 60).transcript(of: narration)

    static let good = """
        {"scenes":[{"first_sentence":1,"last_sentence":3,"title":"From sea to rain","type":"flow","confidence":0.8,
        "direction":"LR","nodes":[
        {"id":"sea","label":"Water evaporates","evidence":"Water evaporates from the sea","group":""},
        {"id":"clouds","label":"Vapor forms clouds","evidence":"The vapor forms clouds.","group":""},
        {"id":"rain","label":"Rain falls","evidence":"rain falls","group":""}],
        "edges":[{"from":"sea","to":"clouds","label":""},{"from":"clouds","to":"rain","label":"falls from"}]}]}
        """

    static func chat(_ content: String, finish: String = "stop") throws -> ScriptedExchange.Step {
        let message: [String: Any] = ["role": "assistant", "content": content, "refusal": NSNull()]
        let body: [String: Any] = [
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "some-model",
            "choices": [["index": 0, "message": message, "finish_reason": finish, "logprobs": NSNull()]],
            "usage": ["prompt_tokens": 100, "completion_tokens": 40, "total_tokens": 140],
        ]
        return .answer(
            status: 200, body: String(decoding: try JSONSerialization.data(withJSONObject: body), as: UTF8.self))
    }

    static func message(_ input: String, stop: String = "tool_use") throws -> ScriptedExchange.Step {
        let call: [String: Any] = [
            "type": "tool_use", "id": "toolu_1", "name": "show_scenes",
            "input": try JSONSerialization.jsonObject(with: Data(input.utf8)),
        ]
        let body: [String: Any] = [
            "id": "msg_1", "type": "message", "role": "assistant", "model": "some-model", "content": [call],
            "stop_reason": stop, "stop_sequence": NSNull(), "usage": ["input_tokens": 90, "output_tokens": 30],
        ]
        return .answer(
            status: 200, body: String(decoding: try JSONSerialization.data(withJSONObject: body), as: UTF8.self))
    }

    /// What came of one analysis.
    struct Outcome {
        var board: Storyboard
        var report: LanguageModelReport
        var exchange: ScriptedExchange
        var pauses: [Duration]
        var isDegraded: Bool { board.scenes.allSatisfy { $0.degraded == true && $0.analyser == "rules" } }
    }

    static func analyse(
        _ steps: [ScriptedExchange.Step], dialect: LanguageModelProvider.Dialect = .openAI,
        transcript: Transcript = transcript, limits: LanguageModelAnalyser.Limits = .init()
    ) async throws -> Outcome {
        let exchange = ScriptedExchange(steps)
        let reports = Mutex<[LanguageModelReport]>([])
        let pauses = Mutex<[Duration]>([])
        let url = try #require(URL(string: dialect == .openAI ? "https://model.example/v1" : "https://model.example"))
        let analyser = LanguageModelAnalyser(
            provider: .init(dialect: dialect, url: url, model: "some-model", key: Secret("sk-test")),
            exchange: exchange, limits: limits, pause: { duration in pauses.withLock { $0.append(duration) } },
            report: { report in reports.withLock { $0.append(report) } })
        let board = try await analyser.analyse(transcript)
        try board.validate()
        #expect(reports.withLock { $0.count } == 1)
        return Outcome(
            board: board, report: try #require(reports.withLock { $0.first }), exchange: exchange,
            pauses: pauses.withLock { $0 })
    }

    // MARK: Good answers

    @Test("a good answer becomes scenes with the times of their evidence")
    func goodAnswer() async throws {
        let outcome = try await Self.analyse([try Self.chat(Self.good)])
        let scene = try #require(outcome.board.scenes.first)
        #expect(outcome.board.scenes.count == 1)
        #expect(scene.type == .flow)
        #expect(scene.analyser == "some-model")
        #expect(scene.degraded == nil)
        #expect(scene.score == 0.8)
        #expect(scene.nodes.map(\.t.seconds) == [0, 5, 9])
        #expect(scene.edges.map(\.t.seconds) == [5, 9])
        #expect(scene.evidence == Self.narration)
        #expect(outcome.report.inputTokens == 100)
        #expect(outcome.report.outputTokens == 40)
        #expect(outcome.report.reasons.isEmpty)
    }

    @Test("an answer in a code block is read as well")
    func fenced() async throws {
        let outcome = try await Self.analyse([try Self.chat("Here you are:\n```json\n\(Self.good)\n```")])
        #expect(outcome.board.scenes.first?.analyser == "some-model")
    }

    @Test("chat completions are asked in their documented form")
    func chatRequest() async throws {
        let outcome = try await Self.analyse([try Self.chat(Self.good)])
        let request = outcome.exchange.requests[0]
        #expect(request.method == "POST")
        #expect(request.url.absoluteString == "https://model.example/v1/chat/completions")
        #expect(request.headers.contains { $0.name == "authorization" && $0.value == "Bearer sk-test" })
        #expect(request.headers.contains { $0.name == "content-type" && $0.value == "application/json" })
        let body = try outcome.exchange.body(0)
        #expect(Set(body.keys) == ["model", "messages", "response_format"])
        let format = try #require(body["response_format"] as? [String: Any])
        #expect(format["type"] as? String == "json_schema")
        let named = try #require(format["json_schema"] as? [String: Any])
        #expect(named["strict"] as? Bool == true)
        #expect((named["name"] as? String)?.wholeMatch(of: /[a-zA-Z0-9_-]{1,64}/) != nil)
        try Self.checkStrict(try #require(named["schema"] as? [String: Any]))
        let messages = try #require(body["messages"] as? [[String: Any]])
        #expect(messages.map { $0["role"] as? String } == ["system", "user"])
        #expect((messages[1]["content"] as? String)?.contains("2: The vapor forms clouds.") == true)
    }

    @Test("messages are asked in their documented form, with a tool that must be called")
    func messagesRequest() async throws {
        let outcome = try await Self.analyse([try Self.message(Self.good)], dialect: .anthropic)
        #expect(outcome.board.scenes.first?.type == .flow)
        #expect(outcome.report.inputTokens == 90)
        let request = outcome.exchange.requests[0]
        #expect(request.url.absoluteString == "https://model.example/v1/messages")
        #expect(request.headers.contains { $0.name == "x-api-key" && $0.value == "sk-test" })
        #expect(request.headers.contains { $0.name == "anthropic-version" && $0.value == "2023-06-01" })
        let body = try outcome.exchange.body(0)
        #expect(Set(body.keys) == ["model", "max_tokens", "system", "messages", "tools", "tool_choice"])
        let choice = try #require(body["tool_choice"] as? [String: String])
        let tool = try #require((body["tools"] as? [[String: Any]])?.first)
        #expect(choice == ["type": "tool", "name": tool["name"] as? String ?? ""])
        #expect((tool["input_schema"] as? [String: Any])?["type"] as? String == "object")
    }

    /// In strict mode each object lists all its properties as required and allows no others, without lengths.
    static func checkStrict(_ schema: [String: Any]) throws {
        for forbidden in ["maxLength", "minLength", "maxItems", "pattern", "default"] {
            #expect(schema[forbidden] == nil)
        }
        if let properties = schema["properties"] as? [String: [String: Any]] {
            #expect(schema["additionalProperties"] as? Bool == false)
            #expect(Set(schema["required"] as? [String] ?? []) == Set(properties.keys))
            for property in properties.values { try checkStrict(property) }
        }
        if let items = schema["items"] as? [String: Any] { try checkStrict(items) }
    }

    // MARK: Repair

    /// Answers that must not be used, and what the model is told about each.
    static let badAnswers: [(answer: String, complaint: String)] = {
        var answers: [(answer: String, complaint: String)] = [
            ("not json", "holds no JSON"), ("{\"scenes\": 3}", "wrong type"), ("{\"scenes\": [", "holds no JSON"),
            ("{\"scenes\": [}", "not valid JSON"), ("{\"scenes\": []}", "cover sentences"),
        ]
        let edits: [(old: String, new: String, complaint: String)] = [
            (#""to":"rain""#, #""to":"snow""#, "'snow'"),
            (#""id":"rain""#, #""id":"sea""#, "same id"),
            (#""id":"sea""#, #""id":"The Sea""#, "lower-case"),
            ("rain falls", "snow falls", "evidence"),
            ("Rain falls", "Acid kills fish", "does not say"),
            ("Rain falls", "Rain falls 9 times", "does not say"),
            ("Rain falls", String(repeating: "rain ", count: 9), "40 characters"),
            (#""last_sentence":3"#, #""last_sentence":2"#, "1 to 3"),
            (#""last_sentence":3"#, #""last_sentence":99"#, "1 to 3"),
            (#""flow""#, #""pie""#, "unknown type"),
            (#""flow""#, #""comparison""#, "two sides"),
            (#""title":"From sea to rain","#, "", "'title' is missing"),
        ]
        for edit in edits {
            answers.append((good.replacingOccurrences(of: edit.old, with: edit.new), edit.complaint))
        }
        return answers
    }()

    @Test("an answer that does not hold is sent back once with what is wrong", arguments: badAnswers)
    func repaired(bad: String, complaint: String) async throws {
        let outcome = try await Self.analyse([try Self.chat(bad), try Self.chat(Self.good)])
        #expect(outcome.board.scenes.first?.analyser == "some-model")
        #expect(outcome.report.requests == 2)
        let messages = try #require(try outcome.exchange.body(1)["messages"] as? [[String: Any]])
        #expect(messages.map { $0["role"] as? String } == ["system", "user", "assistant", "user"])
        #expect(messages[2]["content"] as? String == bad)
        #expect((messages[3]["content"] as? String)?.contains(complaint) == true, "\(messages[3]["content"] ?? "")")
    }

    @Test("a truncated answer is asked for again; twice truncated gives the rules, marked degraded")
    func truncated() async throws {
        let half = String(Self.good.prefix(200))
        let repaired = try await Self.analyse([try Self.chat(half, finish: "length"), try Self.chat(Self.good)])
        #expect(repaired.board.scenes.first?.analyser == "some-model")
        let outcome = try await Self.analyse([
            try Self.chat(half, finish: "length"), try Self.chat(half, finish: "length"),
        ])
        #expect(outcome.isDegraded)
        #expect(outcome.report.requests == 2)
        #expect(outcome.report.reasons.first?.contains("cut off") == true)
    }

    @Test("the repair of a tool call is the result of that call")
    func toolRepair() async throws {
        let bad = Self.good.replacingOccurrences(of: "\"to\":\"rain\"", with: "\"to\":\"snow\"")
        let outcome = try await Self.analyse([try Self.message(bad), try Self.message(Self.good)], dialect: .anthropic)
        #expect(outcome.board.scenes.first?.analyser == "some-model")
        let messages = try #require(try outcome.exchange.body(1)["messages"] as? [[String: Any]])
        #expect(messages.map { $0["role"] as? String } == ["user", "assistant", "user"])
        let call = try #require((messages[1]["content"] as? [[String: Any]])?.first)
        let result = try #require((messages[2]["content"] as? [[String: Any]])?.first)
        #expect(call["type"] as? String == "tool_use")
        #expect(result["type"] as? String == "tool_result")
        #expect(result["tool_use_id"] as? String == call["id"] as? String)
        #expect(result["is_error"] as? Bool == true)
    }

    // MARK: Falling back

    @Test("twice a wrong answer gives the rules, marked degraded")
    func twiceWrong() async throws {
        let outcome = try await Self.analyse([try Self.chat("no"), try Self.chat("no")])
        #expect(outcome.isDegraded)
        #expect(outcome.report.reasons.count == 1)
    }

    @Test("a busy provider is asked once more after the time it names")
    func busy() async throws {
        let outcome = try await Self.analyse([
            .answer(status: 429, body: "{}", headers: [("Retry-After", "7")]), try Self.chat(Self.good),
        ])
        #expect(outcome.pauses == [.seconds(7)])
        #expect(outcome.board.scenes.first?.analyser == "some-model")
        let still = try await Self.analyse([.answer(status: 429, body: "{}"), .answer(status: 429, body: "{}")])
        #expect(still.isDegraded)
        #expect(still.report.requests == 2)
        #expect(still.report.reasons.first?.contains("429") == true)
        let hour = try await Self.analyse([.answer(status: 429, body: "{}", headers: [("retry-after", "3600")])])
        #expect(hour.isDegraded)
        #expect(hour.pauses.isEmpty)
    }

    @Test("a provider that is slow, away, or refuses gives the rules and a reason without the key")
    func failing() async throws {
        let slow = try await Self.analyse([.silence], limits: .init(answer: .milliseconds(50)))
        #expect(slow.isDegraded)
        for step in [
            ScriptedExchange.Step.unreachable, .answer(status: 401, body: #"{"error":{"message":"bad key sk-test"}}"#),
            .answer(status: 400, body: "{}"), .answer(status: 200, body: "<html>"),
            .answer(status: 200, body: #"{"choices":[]}"#),
        ] {
            let outcome = try await Self.analyse([step])
            #expect(outcome.isDegraded)
            #expect(outcome.report.reasons.count == 1)
            #expect(!outcome.report.reasons[0].contains("sk-test"))
        }
    }

    @Test("a long recording is asked for in passages; the one that fails is degraded, the others are not")
    func passages() async throws {
        let text = (1...140).map { "The sensor number \($0) sends its temperature to the small controller." }
            .joined(separator: " ")
        let transcript = TextTimeline().transcript(of: text)
        let probe = try await Self.analyse([], transcript: transcript)
        #expect(probe.isDegraded)
        #expect(probe.report.requests == 1, "a provider that is away is not asked about the next passage")
        let first = try await Self.analyse(
            [try Self.chat("no"), try Self.chat("no"), .unreachable], transcript: transcript)
        #expect(first.report.requests == 3)
        #expect(first.report.reasons.count == 2)
    }

    @Test("silence is not asked about")
    func silence() async throws {
        let exchange = ScriptedExchange([])
        let url = try #require(URL(string: "https://model.example/v1"))
        let analyser = LanguageModelAnalyser(
            provider: .init(dialect: .openAI, url: url, model: "m", key: nil), exchange: exchange)
        #expect(try await analyser.analyse(TextTimeline().transcript(of: "")).scenes.isEmpty)
        #expect(exchange.requests.isEmpty)
    }

    @Test("a cancelled analysis ends as cancelled, not as degraded")
    func cancelled() async throws {
        let url = try #require(URL(string: "https://model.example/v1"))
        let analyser = LanguageModelAnalyser(
            provider: .init(dialect: .openAI, url: url, model: "m", key: nil), exchange: ScriptedExchange([.silence]))
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await #expect(throws: CancellationError.self) { try await analyser.analyse(Self.transcript) }
            }
            group.cancelAll()
        }
    }

    @Test("the identity names the model and holds no key")
    func identity() throws {
        let url = try #require(URL(string: "https://user:pw@model.example/v1"))
        let analyser = LanguageModelAnalyser(
            provider: .init(dialect: .openAI, url: url, model: "some-model", key: Secret("sk-test")),
            exchange: ScriptedExchange([]))
        #expect(analyser.identity.contains("some-model"))
        #expect(!analyser.identity.contains("sk-test") && !analyser.identity.contains("pw"))
    }
}
