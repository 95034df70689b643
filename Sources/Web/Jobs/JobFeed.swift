import Endpoints
import Foundation
import Model
import Storage

/// What happens to a job, from a position on: its journal, and its progress in between. Ends after the job's last entry.
///
/// Waits for the store's signals and never polls. Journal entries are never skipped; progress is the latest only, at most
/// four times a second.
struct JobFeed: AsyncSequence, Sendable {
    typealias Element = ServerSentEvent
    typealias Failure = any Error

    let job: JobID
    let workspace: WorkspaceID
    let after: Int64
    let reading: any JobReading

    /// The shortest time between two reports of progress.
    static let progressInterval: Duration = .milliseconds(250)
    private static let pageSize = 200

    func makeAsyncIterator() -> Iterator {
        Iterator(feed: self, position: after, signals: reading.changes(of: job).makeAsyncIterator())
    }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate let feed: JobFeed
        fileprivate var position: Int64
        fileprivate var signals: AsyncStream<Void>.Iterator
        private var waiting: ArraySlice<ServerSentEvent> = []
        private var lastProgress: JobProgress?
        private var progressDue = ContinuousClock.now

        fileprivate init(feed: JobFeed, position: Int64, signals: AsyncStream<Void>.Iterator) {
            self.feed = feed
            self.position = position
            self.signals = signals
        }

        mutating func next() async throws -> ServerSentEvent? {
            while true {
                if let event = waiting.popFirst() { return event }
                // The job first: what its row says has happened is then in the journal.
                guard let job = try await feed.reading.job(feed.job, in: feed.workspace) else { return nil }
                if position < job.position {
                    try await readJournal()
                    if !waiting.isEmpty { continue }
                }
                if job.state.isTerminal { return nil }
                if let progress = job.progress, progress != lastProgress {
                    let now = ContinuousClock.now
                    if now >= progressDue {
                        lastProgress = progress
                        progressDue = now + JobFeed.progressInterval
                        return try ServerSentEvent(id: nil, type: "job:progress", encoding: ProgressTick(job, progress))
                    }
                    try await Task.sleep(until: progressDue, clock: .continuous)
                    continue
                }
                guard await signals.next(isolation: #isolation) != nil else { return nil }
            }
        }

        private mutating func readJournal() async throws {
            let events = try await feed.reading.events(
                of: feed.job, in: feed.workspace, after: position, type: nil, limit: JobFeed.pageSize)
            waiting =
                events.map { event in
                    ServerSentEvent(
                        id: "\(event.epoch):\(event.position)", type: event.type.rawValue, data: event.data.text)
                }[...]
            position = events.last?.position ?? position
        }
    }
}

/// Progress between two journal entries.
private struct ProgressTick: Encodable {
    let state: JobState
    let progress: JobProgress

    init(_ job: Job, _ progress: JobProgress) {
        state = job.state
        self.progress = progress
    }
}

extension ServerSentEvent {
    /// An event that carries a value as JSON.
    init(id: String?, type: String, encoding value: some Encodable) throws {
        self.init(id: id, type: type, data: try JSONText(encoding: value).text)
    }
}
