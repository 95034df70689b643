package import Endpoints
import Model

/// Something that a caller does or is refused, perhaps many times a minute, and that is no part of a transaction.
package struct AuditDeed: Hashable, Sendable {
    let action: String
    let caller: Caller
    let targets: DeedTargets
    let outcome: AuditRecord.Outcome
    let reason: String?
    /// Whether only the first of a time is an entry by itself.
    let isCounted: Bool
    /// The target, where those of other targets are counted by themselves.
    let mark: String?

    /// What somebody did.
    package init(_ action: String, by caller: Caller, to targets: DeedTargets = []) {
        self.action = action
        self.caller = caller
        self.targets = targets
        outcome = .done
        reason = nil
        isCounted = false
        mark = nil
    }

    /// What somebody was refused.
    ///
    /// - Parameters:
    ///   - isCounted: for what strangers may cause as often as they like.
    ///   - mark: the target, where those of other targets are counted by themselves; there must be few of them.
    package init(
        _ action: String, refusedTo caller: Caller, to targets: DeedTargets = [], reason: String,
        isCounted: Bool = false,
        apart mark: String? = nil
    ) {
        self.action = action
        self.caller = caller
        self.targets = targets
        outcome = .refused
        self.reason = String(reason.prefix(500))
        self.isCounted = isCounted
        self.mark = mark
    }

    var workspace: WorkspaceID { caller.workspace }

    /// The entry of this one alone.
    var record: AuditRecord {
        var detail: [String: String] = [:]
        detail["reason"] = reason
        if targets.count > 1 {
            detail["items"] = String(targets.count)
            detail["first"] = targets.first
            detail["last"] = targets.last
        }
        return AuditRecord(
            action, by: caller, target: targets.count == 1 ? targets.first : nil, outcome: outcome, detail: detail)
    }
}
