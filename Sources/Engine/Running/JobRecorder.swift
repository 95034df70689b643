import Logging
import Model
import Storage
import Synchronization

/// Collects what a handler reports and writes it in few transactions: state changes at once, progress at most four times a
/// second.
///
/// At most `bound` log lines wait; beyond that lines are counted, not kept, and the count is logged.
final class JobRecorder: Sendable {
    private struct Waiting {
        var updates: [JobUpdate] = []
        var progress: JobProgress?
        var logLines = 0
        var dropped = 0
    }

    private static let bound = 1_000
    static let interval: Duration = .milliseconds(250)

    /// A silent stage is told of again this often, because its remaining time shrinks.
    private static let silence: Duration = .seconds(1)

    private let waiting = Mutex(Waiting())
    private let turns = Turns()
    private let meter = Mutex<RunningMeter?>(nil)
    private let lease: JobLease
    private let store: any JobLeases
    private let stop: StopSwitch

    init(lease: JobLease, store: any JobLeases, stop: StopSwitch) {
        self.lease = lease
        self.store = store
        self.stop = stop
    }

    func log(_ line: LogLine) {
        waiting.withLock { waiting in
            if waiting.logLines < Self.bound {
                waiting.updates.append(.log(line))
                waiting.logLines += 1
            } else {
                waiting.dropped += 1
            }
        }
    }

    func progress(_ progress: JobProgress) {
        waiting.withLock { $0.progress = progress }
    }

    /// Asks this meter for the remaining time while nothing else is reported.
    func follow(_ meter: RunningMeter) {
        self.meter.withLock { $0 = meter }
    }

    /// Writes what waits and then `updates`, durably and in the order of the calls.
    ///
    /// While the database is away or busy it tries again until the lease is over: a finished step must not be lost, nor an
    /// attempt be spent, because of it. Without `updates` it tries once; what waits is kept.
    func record(_ updates: [JobUpdate]) async throws {
        try await turns.withTurn {
            var pause = Duration.milliseconds(100)
            while true {
                do {
                    return try await write(updates)
                } catch {
                    guard !updates.isEmpty, Self.mayPass(error), stop.reason == nil else { throw error }
                    guard (try? await Task.sleep(for: pause)) != nil else { throw error }
                    pause = min(pause * 2, .seconds(2))
                }
            }
        }
    }

    private static func mayPass(_ error: any Error) -> Bool {
        guard let error = error as? StorageError else { return false }
        return error.code == .unavailable || error.code == .busy
    }

    private func write(_ updates: [JobUpdate]) async throws {
        let taken = waiting.withLock { waiting in
            defer { waiting = Waiting() }
            return waiting
        }
        var batch = taken.updates
        if taken.dropped > 0 {
            let message = "\(taken.dropped) log lines were left out: the job wrote them faster than they can be stored."
            batch.append(.log(LogLine(level: .warning, message: message)))
        }
        if let progress = taken.progress { batch.append(.progress(progress)) }
        batch += updates
        guard !batch.isEmpty else { return }
        do {
            if try await store.record(batch, under: lease) { stop.stop(.canceled) }
        } catch {
            if error.code == .fenced { stop.stop(.leaseLost) } else { putBack(taken) }
            throw error
        }
    }

    /// Keeps what could not be written, before what came since: a cancelled write must not lose lines of the log.
    private func putBack(_ taken: Waiting) {
        waiting.withLock { waiting in
            waiting.updates.insert(contentsOf: taken.updates, at: 0)
            waiting.progress = waiting.progress ?? taken.progress
            waiting.logLines += taken.logLines
            waiting.dropped += taken.dropped
        }
    }

    /// Writes what waits four times a second, until the time is over or the task is cancelled.
    func run(for limit: Duration, logger: Logger) async {
        let end = ContinuousClock.now + limit
        var silent: Duration = .zero
        while ContinuousClock.now < end,
            (try? await Task.sleep(for: min(Self.interval, ContinuousClock.now.duration(to: end)))) != nil
        {
            silent = waiting.withLock { $0.progress == nil } ? silent + Self.interval : .zero
            if silent >= Self.silence, let current = meter.withLock({ $0 })?.current() {
                progress(current)
                silent = .zero
            }
            do {
                try await record([])
            } catch {
                logger.warning("progress of a job could not be written", metadata: ["error": "\(error)"])
            }
        }
    }
}
