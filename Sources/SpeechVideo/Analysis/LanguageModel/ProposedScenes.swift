import Foundation

/// The scenes as a model proposes them.
struct ProposedScenes: Decodable, Sendable {
    var scenes: [Item]

    struct Item: Decodable, Sendable {
        var first_sentence: Int
        var last_sentence: Int
        var title: String
        var type: String
        var confidence: Double
        var direction: String
        var nodes: [Node]
        var edges: [Edge]
    }

    struct Node: Decodable, Sendable {
        var id: String
        var label: String
        var evidence: String
        var group: String?
    }

    struct Edge: Decodable, Sendable {
        var from: String
        var to: String
        var label: String?
    }

    /// Reads the JSON in `answer`; servers that ignore the schema wrap it into words or a code block.
    init(_ answer: String) throws(ProposalMistakes) {
        guard let start = answer.firstIndex(of: "{"), let end = answer.lastIndex(of: "}"), start < end else {
            throw ProposalMistakes(["The answer holds no JSON object."])
        }
        do {
            self = try JSONDecoder().decode(ProposedScenes.self, from: Data(answer[start...end].utf8))
        } catch let error as DecodingError {
            throw ProposalMistakes([Self.words(error)])
        } catch {
            throw ProposalMistakes(["The answer is not valid JSON."])
        }
    }

    private static func words(_ error: DecodingError) -> String {
        func place(_ context: DecodingError.Context) -> String {
            context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
        }
        return switch error {
        case .keyNotFound(let key, let context): "'\(key.stringValue)' is missing in '\(place(context))'."
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "'\(place(context))' has the wrong type."
        default: "The answer is not valid JSON."
        }
    }
}

/// What is wrong with an answer, a sentence each, in words for the model.
struct ProposalMistakes: Error, Sendable, CustomStringConvertible {
    private let sentences: [String]
    private static let most = 8

    init(_ sentences: [String]) {
        self.sentences = sentences
    }

    var description: String {
        let shown = sentences.prefix(Self.most).joined(separator: "\n")
        return sentences.count > Self.most ? shown + "\nAnd \(sentences.count - Self.most) more." : shown
    }
}
