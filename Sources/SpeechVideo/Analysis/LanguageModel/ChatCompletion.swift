/// An answer of the chat completions interface; what is not used is left out.
struct ChatCompletion: Decodable {
    var choices: [Choice]
    var usage: Usage?

    struct Choice: Decodable {
        var message: Message
        /// `stop`, `length`, `content_filter` …
        var finish_reason: String?
    }

    struct Message: Decodable {
        var content: String?
        var refusal: String?
    }

    struct Usage: Decodable {
        var prompt_tokens: Int?
        var completion_tokens: Int?
    }

    func answer(from model: String) throws -> LanguageModelAnswer {
        guard let choice = choices.first else {
            throw LanguageModelError("\(model) gave an answer without choices.", isLasting: false)
        }
        guard choice.message.refusal == nil, choice.finish_reason != "content_filter" else {
            throw LanguageModelError("\(model) declined to answer about this passage.", isLasting: false)
        }
        return LanguageModelAnswer(
            text: choice.message.content ?? "", isCutOff: choice.finish_reason == "length",
            inputTokens: usage?.prompt_tokens ?? 0, outputTokens: usage?.completion_tokens ?? 0)
    }
}
