import Endpoints
import Foundation
import Model

/// The newest second, then each new one, as server-sent events. Ends with the service.
struct SampleFeed: AsyncSequence, Sendable {
    typealias Element = ServerSentEvent
    typealias Failure = any Error

    let sampling: SamplingService
    /// Nil for all nodes together.
    let node: String?
    /// The last second that the reader has; nil for a new reader.
    let after: Timestamp?

    func makeAsyncIterator() -> Iterator {
        Iterator(
            feed: self, follower: sampling.follow(), position: after,
            signals: sampling.live.changes().makeAsyncIterator())
    }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate let feed: SampleFeed
        fileprivate let follower: SamplingService.Follower
        fileprivate var position: Timestamp?
        fileprivate var signals: AsyncStream<Void>.Iterator
        private var waiting: ArraySlice<Sample> = []

        fileprivate init(
            feed: SampleFeed, follower: SamplingService.Follower, position: Timestamp?,
            signals: AsyncStream<Void>.Iterator
        ) {
            self.feed = feed
            self.follower = follower
            self.position = position
            self.signals = signals
        }

        mutating func next() async throws -> ServerSentEvent? {
            while true {
                if waiting.isEmpty { waiting = feed.samples(after: position)[...] }
                if let sample = waiting.popFirst() {
                    position = sample.at
                    return try feed.event(sample)
                }
                guard await signals.next(isolation: #isolation) != nil else { return nil }
            }
        }
    }

    /// What there is to show after a second; for a new reader the newest alone.
    fileprivate func samples(after position: Timestamp?) -> [Sample] {
        let peers = sampling.peers
        let start = position ?? sampling.now + .seconds(-15)
        let samples: [Sample]
        if node == sampling.name || (node == nil && peers.names.isEmpty) {
            samples = sampling.live.samples(after: start)
        } else {
            let limit = sampling.now + (.zero - PeerSeconds.delay)
            let own = node == nil ? sampling.live.samples(after: start) : []
            let mine = Dictionary(own.map { ($0.at, $0.rollup) }, uniquingKeysWith: { $1 })
            let seconds = Set(mine.keys).union(peers.seconds(after: start)).filter { $0 <= limit }.sorted()
            samples = seconds.compactMap { second in
                let parts = peers.rollups(at: second).filter { node == nil || $0.key == node }
                    .sorted { $0.key < $1.key }.map(\.value)
                return Self.united([mine[second]].compactMap { $0 } + parts).map { Sample(at: second, rollup: $0) }
            }
        }
        return position == nil ? samples.suffix(1) : samples
    }

    private static func united(_ parts: [Rollup]) -> Rollup? {
        guard var whole = parts.first else { return nil }
        for part in parts.dropFirst() { whole.join(part) }
        return whole
    }

    fileprivate func event(_ sample: Sample) throws -> ServerSentEvent {
        let document = SampleDocument(at: sample.at, step: .seconds(1), rollup: sample.rollup)
        return ServerSentEvent(
            id: String(sample.at.microseconds / 1_000_000), type: "operations:sample",
            data: try JSONText(encoding: document).text)
    }
}
