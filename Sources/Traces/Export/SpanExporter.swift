import Foundation
package import Logging
import Metrics
import ServiceLifecycle

/// Sends spans that have ended to a collector, in batches, four times a second.
///
/// A collector that is away is asked again; meanwhile spans wait in the queue, within its bound. At the end of the process what
/// waits is sent within a few seconds, or dropped and counted.
package struct SpanExporter: Service {
    /// How spans are sent.
    package struct Settings: Sendable {
        /// How often the queue is looked at.
        package var interval: Duration
        /// The most spans of one request.
        package var batch: Int
        /// How long one request may take.
        package var timeout: Duration
        /// How long sending may go on after a shutdown was asked for.
        package var flushLimit: Duration

        package init(
            interval: Duration = .milliseconds(250), batch: Int = 512, timeout: Duration = .seconds(10),
            flushLimit: Duration = .seconds(3)
        ) {
            self.interval = interval
            self.batch = batch
            self.timeout = timeout
            self.flushLimit = flushLimit
        }
    }

    private let queue: SpanQueue
    private let document: SpanDocument
    private let transport: any SpanTransport
    private let settings: Settings
    private let logger: Logger
    private let health = ExportHealth()
    private let exported = Counter(label: MetricNames.exported)

    package init(
        queue: SpanQueue, source: SpanSource, transport: any SpanTransport, settings: Settings = Settings(),
        logger: Logger
    ) {
        self.queue = queue
        document = SpanDocument(source: source)
        self.transport = transport
        self.settings = settings
        self.logger = logger
    }

    /// Sends until a graceful shutdown, then what is left.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await sendAll()
                try? await Task.sleep(for: settings.interval)
            }
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await sendAll() }
            group.addTask { try? await Task.sleep(for: settings.flushLimit) }
            await group.next()
            group.cancelAll()
        }
        let left = queue.count
        guard left > 0 else { return }
        drop(left, "shutdown")
        logger.warning(
            "spans were dropped at the end because the collector did not take them", metadata: ["spans": "\(left)"])
    }

    private func sendAll() async {
        while !Task.isCancelled {
            let batch = queue.oldest(settings.batch)
            guard !batch.isEmpty else { return }
            await send(batch)
        }
    }

    /// Returns once the batch has left the queue, or the task is cancelled.
    private func send(_ batch: [SpanRecord]) async {
        let bytes = document.bytes(of: batch)
        var delivery = Delivery()
        while true {
            let (outcome, answer, reason) = await post(bytes)
            if Task.isCancelled, answer == nil { return }
            switch delivery.next(after: outcome, jitter: .random(in: 0...1)) {
            case .taken: return taken(batch, answer)
            case .retry(let pause):
                health.failed(reason, logger)
                guard (try? await Task.sleep(for: pause)) != nil else { return }
            case .refused:
                health.failed(reason, logger)
                return drop(batch.count, "refused")
            case .givenUp: return drop(batch.count, "unreachable")
            }
        }
    }

    private func post(_ bytes: [UInt8]) async -> (Delivery.Outcome, SpanAnswer?, reason: String) {
        do {
            let answer = try await transport.post(bytes, timeout: settings.timeout)
            return (
                .answered(status: answer.status, retryAfter: answer.retryAfter), answer, "it answered \(answer.status)"
            )
        } catch {
            return (.unreachable, nil, "\(error)")
        }
    }

    private func taken(_ batch: [SpanRecord], _ answer: SpanAnswer?) {
        queue.removeOldest(batch.count)
        let part = answer.flatMap { PartialSuccess($0.body) }
        let lost = min(part?.refused ?? 0, batch.count)
        exported.increment(by: batch.count - lost)
        guard let part else { return health.worked(logger) }
        MetricNames.dropped("refused").increment(by: lost)
        health.failed(part.message ?? "it refused \(lost) spans", logger)
    }

    private func drop(_ count: Int, _ reason: String) {
        queue.removeOldest(count)
        MetricNames.dropped(reason).increment(by: count)
    }
}

/// What a collector says that it did not take of a batch that it took.
struct PartialSuccess: Equatable {
    let refused: Int
    let message: String?

    /// nil for an answer that says nothing of it, or that is no JSON.
    init?(_ body: [UInt8]) {
        let answer = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
        guard let part = answer?["partialSuccess"] as? [String: Any], let count = part["rejectedSpans"],
            // Protocol Buffers write it as a text, others as a number.
            let refused = Int("\(count)"), refused > 0
        else { return nil }
        self.refused = refused
        message = (part["errorMessage"] as? String).map { String($0.prefix(200)) }
    }
}
