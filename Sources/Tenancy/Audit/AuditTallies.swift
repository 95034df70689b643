import Endpoints
import Model

/// Decides what of many alike is an entry of its own and what is counted.
///
/// Of one caller's deeds of a kind, the first of each minute are written one by one; what comes beyond is counted, and the count
/// is one entry when the minute is over. So a log grows by a bounded number of entries a minute for each caller, and nothing
/// that was done is missing from it. No I/O and no clock inside.
struct AuditTallies {
    /// How long one counts.
    static let window: Duration = .seconds(60)
    /// How many of a window are written one by one: more than people do by hand, so what is counted was done by programs.
    static let alone = 100

    /// What becomes of a deed.
    enum Verdict: Equatable {
        case write, counted
        /// There is room for neither.
        case lost
    }

    private struct Kind: Hashable {
        let workspace: WorkspaceID
        let actor: Principal.Actor
        let key: APIKeyID?
        let action: String
        let outcome: AuditRecord.Outcome
        let mark: String?

        init(_ deed: AuditDeed) {
            workspace = deed.workspace
            actor = deed.caller.principal.actor
            key = deed.caller.principal.key
            action = deed.action
            outcome = deed.outcome
            mark = deed.mark
        }
    }

    private struct Window {
        let began: ContinuousClock.Instant
        var alone = 0
        var tally: Tally?
    }

    /// What was counted of one window.
    private struct Tally {
        let first: AuditDeed
        let since: Timestamp
        var until: Timestamp
        var times = 0
        var items = 0
        var last: String?

        var record: AuditRecord {
            if times == 1 { return first.record }
            var detail = ["times": String(times), "since": since.description, "until": until.description]
            detail["reason"] = first.reason
            if items > 0, first.mark == nil {
                detail["items"] = String(items)
                detail["first"] = first.targets.first
                detail["last"] = last
            }
            return AuditRecord(
                first.action, by: first.caller, target: first.mark, outcome: first.outcome, detail: detail)
        }
    }

    private let capacity: Int
    private var windows: [Kind: Window] = [:]

    /// - Parameter capacity: how many callers and kinds are told apart.
    init(capacity: Int) {
        self.capacity = capacity
    }

    /// - Parameters:
    ///   - hasRoom: whether it could be written by itself.
    mutating func take(
        _ deed: AuditDeed, at now: ContinuousClock.Instant, time: Timestamp, hasRoom: Bool
    ) -> Verdict {
        let kind = Kind(deed)
        guard var window = windows[kind] ?? (windows.count < capacity ? Window(began: now) : nil) else {
            return hasRoom && !deed.isCounted ? .write : .lost
        }
        defer { windows[kind] = window }
        // Once something is counted the rest of the window is too, so that entries are in order.
        if hasRoom, window.tally == nil, window.alone < (deed.isCounted ? 1 : Self.alone) {
            window.alone += 1
            return .write
        }
        var tally = window.tally ?? Tally(first: deed, since: time, until: time)
        tally.times += 1
        tally.items += deed.targets.count
        tally.last = deed.targets.last ?? tally.last
        tally.until = time
        window.tally = tally
        return .counted
    }

    /// Whether a window is over.
    func hasDue(at now: ContinuousClock.Instant) -> Bool {
        windows.values.contains { $0.began + Self.window <= now }
    }

    /// Ends the windows that are over, or all of them; returns what they counted.
    mutating func end(at now: ContinuousClock.Instant?) -> [(record: AuditRecord, workspace: WorkspaceID)] {
        var records: [(record: AuditRecord, workspace: WorkspaceID)] = []
        for (kind, window) in windows where now.map({ window.began + Self.window <= $0 }) ?? true {
            if let tally = window.tally { records.append((tally.record, kind.workspace)) }
            windows[kind] = nil
        }
        return records
    }
}
