import Crypto

/// A script that Redis runs at once and undivided, named by the digest of its text.
struct RedisScript: Sendable {
    let text: String
    let digest: String

    init(_ text: String) {
        self.text = text
        digest = Insecure.SHA1.hash(data: Array(text.utf8)).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    /// One run. Where Redis does not know the script (`isKnown`), the whole text goes, and Redis remembers it.
    func command(key: String, _ arguments: [RedisCommand.Argument], isKnown: Bool) -> RedisCommand {
        RedisCommand([isKnown ? "EVALSHA" : "EVAL", .text(isKnown ? digest : text), 1, .text(key)] + arguments)
    }
}
