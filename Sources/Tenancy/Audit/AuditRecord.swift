package import Model

/// What is to be written into a workspace's audit log.
package struct AuditRecord: Hashable, Sendable {
    /// Who did it: `user_…`, `service_…`, `server`, `anonymous`.
    package let actor: String
    /// What was done, in the form `thing.verb`: `member.removed`.
    package let action: String
    /// What it was done to; nil where the workspace itself is meant.
    package let target: String?
    /// How it ended.
    package let outcome: Outcome
    /// What else is worth knowing, a JSON object without secrets.
    package let detail: JSONText
    package let request: String?
    package let address: String?

    /// The member of ``detail`` that names the API key with which it was done.
    static let keyName = "key"

    /// How what was asked for ended.
    package enum Outcome: String, Hashable, Sendable, Codable, CaseIterable {
        case done, refused
    }

    package init(
        _ action: String, by caller: Caller, target: String? = nil, outcome: Outcome = .done,
        detail: [String: String] = [:]
    ) {
        actor = caller.principal.actor.description
        self.action = action
        self.target = target
        self.outcome = outcome
        var detail = detail
        // Two keys of one person are two callers, and a stolen one is found by what it did.
        if let key = caller.principal.key { detail[Self.keyName] = key.description }
        // A dictionary of texts always encodes.
        self.detail = detail.isEmpty ? .emptyObject : (try? JSONText(encoding: detail)) ?? .emptyObject
        request = caller.request
        address = caller.address
    }

    /// What somebody was refused, and why.
    package init(refused action: String, to caller: Caller, target: String? = nil, reason: String) {
        self.init(action, by: caller, target: target, outcome: .refused, detail: ["reason": String(reason.prefix(500))])
    }
}
