import Model
import NIOCore
import Storage

/// The log of a job as lines of text, read a page at a time while somebody takes them.
struct LogText: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    typealias Failure = any Error

    let job: JobID
    let workspace: WorkspaceID
    let reading: any JobReading

    private static let pageSize = 1_000

    func makeAsyncIterator() -> Iterator { Iterator(log: self) }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate let log: LogText
        private var position: Int64 = 0
        private var isAtEnd = false

        fileprivate init(log: LogText) { self.log = log }

        mutating func next() async throws -> ByteBuffer? {
            guard !isAtEnd else { return nil }
            let events = try await log.reading.events(
                of: log.job, in: log.workspace, after: position, type: .log, limit: LogText.pageSize)
            isAtEnd = events.count < LogText.pageSize
            guard let last = events.last else { return nil }
            position = last.position
            return ByteBuffer(string: try events.map { try LogEntry($0).text + "\n" }.joined())
        }
    }
}
