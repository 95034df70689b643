import Foundation
import Model

extension LiveMessage {
    /// Every message with its schema, as docs/live.md ends.
    package static var markdown: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            var text = "## Messages\n"
            for (sender, title) in [(Sender.client, "From the client"), (.server, "From the server")] {
                text += "\n### \(title)\n"
                for message in all where message.sender == sender {
                    let schema = String(decoding: try encoder.encode(message.jsonSchema), as: UTF8.self)
                    text += "\n#### `\(message.type)`\n\n\(message.summary)\n\n```json\n\(schema)\n```\n"
                }
            }
            return text
        }
    }
}
