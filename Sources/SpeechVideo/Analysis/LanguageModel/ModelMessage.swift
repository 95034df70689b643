import Model

/// An answer of the messages interface; what is not used is left out.
struct ModelMessage: Decodable {
    var content: [Block]
    /// `tool_use`, `end_turn`, `max_tokens`, `refusal` …
    var stop_reason: String?
    var usage: Usage?

    struct Block: Decodable {
        var type: String
        var text: String?
        var id: String?
        var input: JSONText?
    }

    struct Usage: Decodable {
        var input_tokens: Int?
        var output_tokens: Int?
    }

    func answer(from model: String) throws -> LanguageModelAnswer {
        guard stop_reason != "refusal" else {
            throw LanguageModelError("\(model) declined to answer about this passage.", isLasting: false)
        }
        let call = content.first { $0.type == "tool_use" }
        return LanguageModelAnswer(
            text: call?.input?.text ?? content.compactMap(\.text).joined(), isCutOff: stop_reason == "max_tokens",
            inputTokens: usage?.input_tokens ?? 0, outputTokens: usage?.output_tokens ?? 0, callID: call?.id)
    }
}
