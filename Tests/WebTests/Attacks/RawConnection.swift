import Conformance
import NIOCore
import NIOPosix

/// Sends bytes as they are, right or wrong, and reads what comes back.
enum RawConnection {
    /// Everything that the server says until it closes the connection, or until `isEnough`.
    static func exchange(
        port: Int, _ text: String, isEnough: @escaping @Sendable (String) -> Bool = { _ in false },
        within limit: Duration = .seconds(30)
    ) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(ChannelOptions.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await withThrowingTaskGroup(of: String.self) { group in
            group.addTask {
                try await channel.executeThenClose { inbound, outbound in
                    try await outbound.write(ByteBuffer(string: text))
                    var answer = ByteBuffer()
                    do {
                        for try await bytes in inbound {
                            answer.writeImmutableBuffer(bytes)
                            if isEnough(String(buffer: answer)) { break }
                        }
                    } catch is IOError {
                        // Reset by the server: it has said what it had to say.
                    }
                    return String(buffer: answer)
                }
            }
            group.addTask {
                try await Task.sleep(for: limit)
                throw NeverHappened("Within \(limit) the server neither answered enough nor closed the connection.")
            }
            defer { group.cancelAll() }
            return try await group.next() ?? ""
        }
    }
}
