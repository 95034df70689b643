import Conformance
import Foundation
import Logging
import Model
import Synchronization
import Testing

@testable import Live

/// Attacks: everything that can come between a journal and who watches it. Whatever the schedule, each reader sees every event
/// once and in order.
@Suite("C2: a reader that resumes loses nothing, sees nothing twice and nothing out of order")
struct ResumePropertyTests {
    private static let readers = 3
    private static let events = 1_000

    @Test(
        "under drops, duplicates, reordering, reconnects, restarts, lost wake-ups and slow reading",
        .timeLimit(.minutes(10)), arguments: 1...8)
    func resumes(seed: UInt64) async throws {
        let course = Course(seed: seed)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await course.serve() }
            group.addTask { try await course.write(Self.events) }
            for number in 0..<Self.readers { group.addTask { try await course.read(as: UInt64(number)) } }
            // The writer and the readers end by themselves; the server afterwards.
            for _ in 0...Self.readers { try await group.next() }
            group.cancelAll()
        }
    }
}

/// One schedule of disturbances.
private final class Course: Sendable {
    private let journal = ScriptedJournal()
    private let job: JobID
    private let seed: UInt64
    private let hub: Mutex<LiveHub?> = .init(nil)
    private let isCalm = Mutex(false)
    private let restarts = Bell()

    init(seed: UInt64) {
        self.seed = seed
        job = journal.submit()
    }

    // MARK: The server

    /// Runs one server after the other, each until it is restarted.
    func serve() async {
        while !Task.isCancelled {
            let hub = LiveHub(
                reading: journal, descriptions: journal.descriptions, linger: .milliseconds(Int64.random(in: 0...20)),
                logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() })
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await hub.run() }
                self.hub.withLock { $0 = hub }
                _ = await restarts.wait()
                self.hub.withLock { $0 = nil }
                group.cancelAll()
            }
        }
    }

    /// Writes the journal, in bursts, and disturbs.
    func write(_ count: Int) async throws {
        var random = SeededRandom(seed)
        var written = 0
        while written < count {
            switch random.next() % 24 {
            case 0: restarts.ring()
            case 1: journal.setMute(true)
            case 2:
                journal.setMute(false)
                journal.heal()
            case 3:
                journal.setAway(true)
                for _ in 0..<random.next() % 50 { await Task.yield() }
                journal.setAway(false)
            case 4: journal.progress(Double(written), of: job)
            case 5:
                // More than any stream keeps.
                journal.log((0..<600).map { text(written + $0) }, to: job)
                written += 600
            default:
                let burst = Int(random.next() % 40) + 1
                journal.log((0..<burst).map { text(written + $0) }, to: job)
                written += burst
            }
            for _ in 0..<random.next() % 30 { await Task.yield() }
        }
        journal.setMute(false)
        isCalm.withLock { $0 = true }
        // What a disturbed connection lost last would show with the next event; there is none.
        restarts.ring()
    }

    private func text(_ number: Int) -> String { "event \(number) " + String(repeating: "x", count: number % 400) }

    // MARK: A reader

    /// Reads until everything was seen.
    func read(as number: UInt64) async throws {
        let reader = Mutex(ReferenceReader())
        var random = SeededRandom(seed * 1_000 + number)
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            // In this order: a server from before the calm is restarted once more.
            let hub = hub.withLock { $0 }
            let isCalm = isCalm.withLock { $0 }
            if let hub {
                let disturbances = isCalm ? nil : SeededRandom(random.next())
                try await connect(to: hub, reader, disturbances)
            }
            await Task.yield()
            if isCalm, reader.withLock({ $0.shown }) == journal.journal(job) { return }
            guard ContinuousClock.now < deadline else {
                let seen = reader.withLock { $0.shown.count }
                throw NeverHappened(
                    "reader \(number) of seed \(seed) saw \(seen) of \(journal.journal(job).count) events")
            }
        }
    }

    /// One connection, which ends when the random numbers say so or the journal is read.
    private func connect(
        to hub: LiveHub, _ reader: borrowing Mutex<ReferenceReader>, _ disturbances: SeededRandom?
    ) async throws {
        var random = disturbances
        let limit = (random?.next() ?? 1) % 2 == 0 ? 80_000 : 1_048_576
        let frames = random.map { _ in 1 + Int((random?.next() ?? 0) % 400) } ?? .max
        let goal = random == nil ? journal.journal(job).count : .max
        let start = reader.withLock { $0.subscription(to: job) }
        let transport = TestTransport(limit: limit)
        let (messages, toServer) = AsyncStream.makeStream(of: String.self)
        let session = LiveSession(hub: hub, caller: TestCaller(journal.workspace), transport: transport)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                _ = await session.run(messages) {
                    try? await Task.sleep(for: .seconds(3_600))
                    return nil
                }
                transport.end()
            }
            defer { toServer.finish() }
            toServer.yield(start)
            var network = Network(transport)
            var count = 0
            while count < frames, let frame = await network.next(&random) {
                count += 1
                switch try reader.withLock({ try $0.take(frame.text, job) }) {
                case .rest: break
                case .send(let text): toServer.yield(text)
                case .leave: return
                }
                if reader.withLock({ $0.seq }) ?? 0 >= goal { break }
                // Sometimes slow.
                if let pause = random?.next(), pause % 64 == 0 { for _ in 0..<pause % 500 { await Task.yield() } }
            }
        }
    }
}

/// Loses events, doubles them, and turns them round.
private struct Network {
    private let transport: TestTransport
    private var waiting: [LiveFrame] = []

    init(_ transport: TestTransport) {
        self.transport = transport
    }

    mutating func next(_ random: inout SeededRandom?) async -> LiveFrame? {
        while true {
            if !waiting.isEmpty { return waiting.removeFirst() }
            guard let frame = await transport.next() else { return nil }
            // An answer that is lost would end the connection; that happens anyway.
            guard frame.type.hasPrefix("job:"), let dice = random?.next() else { return frame }
            switch dice % 40 {
            case 0: continue
            case 1: waiting = [frame, frame]
            case 2 where transport.queuedBytes > 0:
                guard let second = await transport.next() else { return frame }
                waiting = second.type.hasPrefix("job:") ? [second, frame] : [frame, second]
            default: return frame
            }
        }
    }
}

/// The client of docs/live.md, as short as it can be: what it has shown, and what it does with a message.
private struct ReferenceReader {
    /// Everything that was shown, in order.
    private(set) var shown: [String] = []
    private(set) var epoch: String?
    private(set) var seq: Int64?
    /// Whether the answer to the newest subscription has come.
    private var hasBegun = false

    mutating func subscription(to job: JobID) -> String {
        hasBegun = false
        let start = seq.map { #","epoch":"\#(epoch ?? "")","seq":\#($0)"# } ?? ""
        return #"{"type":"subscribe","id":"s","stream":"job:\#(job)"\#(start)}"#
    }

    enum Step {
        case rest
        case send(String)
        case leave
    }

    /// Takes a message and says what follows.
    mutating func take(_ text: String, _ job: JobID) throws -> Step {
        let message = try JSONDecoder().decode(Message.self, from: Data(text.utf8))
        switch message.type {
        case "answer":
            guard message.status == 200 else { return .leave }
            hasBegun = true
            guard message.recovered == false else { return .rest }
            guard case .array(let events)? = message.data?["snapshot"]?["events"],
                case .string(let epoch)? = message.data?["epoch"]
            else { throw NeverHappened("a snapshot in \(text)") }
            // What was shown is the beginning of what is true.
            let all = try events.map { try JSONText(encoding: $0).text }
            guard all.starts(with: shown) else { throw NeverHappened("a snapshot that contradicts what was shown") }
            (shown, seq, self.epoch) = (all, message.start, epoch)
            return .rest
        case "resync": return .send(subscription(to: job))
        default:
            guard hasBegun, let next = message.seq else { return .rest }
            guard message.epoch == epoch, let seq, next <= seq + 1 else { return .send(subscription(to: job)) }
            guard next == seq + 1, let data = message.data else { return .rest }
            shown.append(try JSONText(encoding: data).text)
            self.seq = next
            guard shown.count == next else { throw NeverHappened("event \(next) is number \(shown.count)") }
            return .rest
        }
    }
}

/// Numbers that are the same for the same seed (SplitMix64).
private struct SeededRandom {
    private var state: UInt64

    init(_ seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
