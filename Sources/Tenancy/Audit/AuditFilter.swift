package import Model

/// Which entries of an audit log are asked for.
package struct AuditFilter: Hashable, Sendable {
    /// Who did it; an API key finds what was done with it.
    package var actor: String?
    /// The whole action, or its first part with a dot: `member.`.
    package var action: String?
    package var target: String?
    package var outcome: AuditRecord.Outcome?
    /// From then on.
    package var from: Timestamp?
    /// Before then.
    package var until: Timestamp?

    package init(
        actor: String? = nil, action: String? = nil, target: String? = nil, outcome: AuditRecord.Outcome? = nil,
        from: Timestamp? = nil, until: Timestamp? = nil
    ) {
        self.actor = actor
        self.action = action
        self.target = target
        self.outcome = outcome
        self.from = from
        self.until = until
    }
}
