package import Foundation
package import Model
import Outbound

/// Where a language model is and how it is spoken to.
package struct LanguageModelProvider: Sendable {
    /// The two published interfaces.
    package enum Dialect: String, Sendable {
        /// `POST …/chat/completions`, as OpenAI and most local servers offer it.
        case openAI
        /// `POST …/v1/messages`.
        case anthropic
    }

    package let dialect: Dialect
    /// For OpenAI with the version (`https://api.openai.com/v1`), for Anthropic without (`https://api.anthropic.com`).
    package let url: URL
    package let model: String
    private let key: Secret?

    /// The most an answer may have; a passage needs about half of it.
    static let mostTokens = 8_192
    private static let toolName = "show_scenes"

    package init(dialect: Dialect, url: URL, model: String, key: Secret?) {
        self.dialect = dialect
        self.url = url
        self.model = model
        self.key = key
    }

    /// Part of the step key; holds no secret.
    var identity: String { "\(dialect.rawValue)-\(host)-\(model)" }
    var host: String { url.host() ?? "the language model" }

    // MARK: Requests

    func request(_ conversation: LanguageModelConversation) throws -> HTTPExchangeRequest {
        switch dialect {
        case .openAI:
            return try request("chat/completions", authorization, chatBody(conversation))
        case .anthropic:
            return try request(
                "v1/messages", authorization + [("anthropic-version", "2023-06-01")], messagesBody(conversation))
        }
    }

    private var authorization: [(name: String, value: String)] {
        guard let key else { return [] }
        return switch dialect {
        case .openAI: [("authorization", "Bearer \(key.revealed)")]
        case .anthropic: [("x-api-key", key.revealed)]
        }
    }

    private func request(
        _ path: String, _ headers: [(name: String, value: String)], _ body: [String: Any]
    ) throws -> HTTPExchangeRequest {
        HTTPExchangeRequest(
            url: url.appending(path: path), headers: [("content-type", "application/json")] + headers,
            body: try JSONSerialization.data(withJSONObject: body, options: [.sortedKeys]))
    }

    /// No token limit and no temperature: newer models refuse `max_tokens` and other temperatures than their own, older
    /// servers do not know `max_completion_tokens`.
    private func chatBody(_ conversation: LanguageModelConversation) throws -> [String: Any] {
        var messages: [[String: Any]] = [
            ["role": "system", "content": LanguageModelConversation.instructions],
            ["role": "user", "content": conversation.question],
        ]
        for repair in conversation.repairs {
            messages.append(["role": "assistant", "content": repair.answer.text])
            messages.append(["role": "user", "content": repair.request])
        }
        let format: [String: Any] = ["name": Self.toolName, "strict": true, "schema": try schema()]
        return [
            "model": model, "messages": messages, "response_format": ["type": "json_schema", "json_schema": format],
        ]
    }

    /// A tool that must be called: the way to a schema that every model and compatible server knows.
    private func messagesBody(_ conversation: LanguageModelConversation) throws -> [String: Any] {
        var messages: [[String: Any]] = [["role": "user", "content": conversation.question]]
        for repair in conversation.repairs {
            if let id = repair.answer.callID,
                let input = try? JSONSerialization.jsonObject(with: Data(repair.answer.text.utf8))
            {
                let call: [String: Any] = ["type": "tool_use", "id": id, "name": Self.toolName, "input": input]
                let result: [String: Any] = [
                    "type": "tool_result", "tool_use_id": id, "is_error": true, "content": repair.request,
                ]
                messages.append(["role": "assistant", "content": [call]])
                messages.append(["role": "user", "content": [result]])
            } else {
                messages.append([
                    "role": "assistant", "content": repair.answer.text.isEmpty ? "{}" : repair.answer.text,
                ])
                messages.append(["role": "user", "content": repair.request])
            }
        }
        let tool: [String: Any] = [
            "name": Self.toolName, "description": "Shows the scenes of the passage.", "input_schema": try schema(),
        ]
        return [
            "model": model, "max_tokens": Self.mostTokens, "system": LanguageModelConversation.instructions,
            "messages": messages, "tools": [tool], "tool_choice": ["type": "tool", "name": Self.toolName],
        ]
    }

    private func schema() throws -> Any {
        try JSONSerialization.jsonObject(with: Data(LanguageModelConversation.schema.utf8))
    }

    // MARK: Answers

    func answer(in response: HTTPExchangeResponse) throws(LanguageModelError) -> LanguageModelAnswer {
        guard response.status == 200 else { throw refusal(response.status) }
        do {
            let decoder = JSONDecoder()
            switch dialect {
            case .openAI: return try decoder.decode(ChatCompletion.self, from: response.body).answer(from: model)
            case .anthropic: return try decoder.decode(ModelMessage.self, from: response.body).answer(from: model)
            }
        } catch let error as LanguageModelError {
            throw error
        } catch {
            throw LanguageModelError(
                "\(host) answered in a form that is not its interface; check analyser.url and analyser.engine.",
                isLasting: true)
        }
    }

    private func refusal(_ status: Int) -> LanguageModelError {
        let advice =
            switch status {
            case 401, 403: "check analyser.key"
            case 404: "check analyser.url and analyser.model"
            case 400, 413, 422: "check that analyser.model can answer by a JSON schema"
            case 429: "the limit of the account is reached; try again later"
            default: "try again later"
            }
        return LanguageModelError("\(host) answered \(status); \(advice).", isLasting: true)
    }
}
