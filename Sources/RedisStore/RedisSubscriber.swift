import NIOCore
import Storage

/// Hears what is published in some channels, on a connection of its own that is opened again whenever it breaks.
final class RedisSubscriber: Sendable {
    enum Event: Sendable {
        /// It hears, for the first time or again: what was published before may have been missed.
        case subscribed
        case message(channel: String, ByteBuffer)
    }

    private let link: RedisLink

    /// Begins to connect. `receive` is called on the connection's thread and must not block.
    init(_ settings: RedisSettings, channels: [String], receive: @escaping @Sendable (Event) -> Void) {
        var subscribe = RedisCommand(["SUBSCRIBE"] + channels.map { .text($0) })
        subscribe.isAnswered = false
        let connector = RedisConnector(
            settings: settings, name: "suisha-subscriber",
            // The reply to PING tells that SUBSCRIBE is done.
            preparation: [subscribe, RedisCommand("PING")],
            onPush: { items in
                guard items.count == 3, items[0].text == "message", let channel = items[1].text,
                    case .bulk(let content) = items[2]
                else { return }
                receive(.message(channel: channel, content))
            })
        link = RedisLink(connector) { receive(.subscribed) }
    }

    deinit { link.stop() }

    /// Waits until it hears.
    ///
    /// - Throws: why it does not, when the first attempt fails or `limit` passes.
    func ready(within limit: Duration) async throws(StorageError) {
        _ = try await link.connection(within: limit)
    }

    func close() async {
        await link.close()
    }
}
