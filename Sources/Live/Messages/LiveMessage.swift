package import Endpoints
import Foundation
package import Model

/// One kind of message of a live connection, declared once: what is read is checked against it, and docs/live.md shows it.
package struct LiveMessage: Sendable {
    /// Who sends it.
    package enum Sender: Hashable, Sendable { case client, server }

    package let type: String
    package let sender: Sender
    /// One sentence.
    package let summary: String
    package let schema: Schema
    fileprivate let read: (@Sendable (Data) throws -> ClientRequest)?

    /// A message that the server sends.
    init(_ type: String, _ summary: String, _ properties: [Schema.Property]) {
        self.type = type
        self.summary = summary
        sender = .server
        schema = .object([.init("type", .string(values: [type]), required: true, "What it is.")] + properties)
        read = nil
    }

    /// A message that a client sends, with an id that its answer has, too.
    init<Body: Decodable & SendableMetatype>(
        _ type: String, _ summary: String, _ body: Body.Type,
        _ request: @escaping @Sendable (Body) throws -> ClientRequest
    ) {
        self.type = type
        self.summary = summary
        sender = .client
        var properties = [
            Schema.Property("type", .string(values: [type]), required: true, "What it is."),
            Schema.Property("id", Text<1, 64>.schema, required: true, "Chosen by the client; the answer has it, too."),
        ]
        if case .object(let members) = Schema(of: Body.self) { properties += members }
        schema = .object(properties)
        read = { try request(JSONDecoder().decode(Body.self, from: $0)) }
    }

    /// The JSON Schema of the message.
    package var jsonSchema: JSONTree { sender == .client ? schema.closedJSON : schema.json }
}

/// A message of a client that could be read as far as its id.
struct ClientMessage: Sendable {
    let id: String
    /// What it asks for, or why that is refused.
    let request: Result<ClientRequest, Problem>

    private struct Head: Decodable {
        let id: Text<1, 64>
        let type: String
    }

    /// Reads one message.
    ///
    /// - Throws: `Problem` when there is no id to answer to.
    init(_ text: String) throws {
        let data = Data(text.utf8)
        let strict = StrictJSON()
        try strict.check(data)
        let head: Head
        do {
            head = try JSONDecoder().decode(Head.self, from: data)
        } catch let error as DecodingError {
            throw Problem(.invalidRequest, error.sentence, field: error.field)
        }
        id = head.id.value
        do {
            guard let message = LiveMessage.all.first(where: { $0.type == head.type }), let read = message.read else {
                let known = LiveMessage.all.filter { $0.sender == .client }.map(\.type).joined(separator: ", ")
                throw Problem(.invalidRequest, "The type must be one of: \(known).", field: "type")
            }
            try strict.check(data, against: message.schema)
            request = .success(try read(data))
        } catch let problem as Problem {
            request = .failure(problem)
        } catch let error as DecodingError {
            request = .failure(Problem(.invalidRequest, error.sentence, field: error.field))
        }
    }
}
