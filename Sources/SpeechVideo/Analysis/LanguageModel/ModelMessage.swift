import Foundation

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
        var input: JSONTree?
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
        let text = try call?.input.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
        return LanguageModelAnswer(
            text: text ?? content.compactMap(\.text).joined(), isCutOff: stop_reason == "max_tokens",
            inputTokens: usage?.input_tokens ?? 0, outputTokens: usage?.output_tokens ?? 0, callID: call?.id)
    }

    /// Any JSON, kept as it came.
    indirect enum JSONTree: Codable {
        case object([String: JSONTree])
        case array([JSONTree])
        case text(String)
        case integer(Int)
        case number(Double)
        case boolean(Bool)
        case null

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let value = try? container.decode(Bool.self) {
                self = .boolean(value)
            } else if let value = try? container.decode(Int.self) {
                self = .integer(value)
            } else if let value = try? container.decode(Double.self) {
                self = .number(value)
            } else if let value = try? container.decode(String.self) {
                self = .text(value)
            } else if let value = try? container.decode([JSONTree].self) {
                self = .array(value)
            } else {
                self = .object(try container.decode([String: JSONTree].self))
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .object(let value): try container.encode(value)
            case .array(let value): try container.encode(value)
            case .text(let value): try container.encode(value)
            case .integer(let value): try container.encode(value)
            case .number(let value): try container.encode(value)
            case .boolean(let value): try container.encode(value)
            case .null: try container.encodeNil()
            }
        }
    }
}
