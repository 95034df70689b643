import Model

/// Queues, caps and limits as text for people.
enum QueueText {
    /// A table of queues.
    static func table(_ queues: [QueueDocument]) -> String {
        TextTable.text(
            head: ["KIND", "MODE", "WAITING", "RUNNING", "LATER", "OLDEST WAITING"],
            rows: queues.map { queue in
                func count(_ states: String...) -> String { String(states.reduce(0) { $0 + (queue.states[$1] ?? 0) }) }
                return [
                    queue.kind, queue.mode, count("parked", "ready"), count("leased"), count("scheduled", "blocked"),
                    queue.oldestWaiting?.description ?? "-",
                ]
            })
    }

    /// A table of caps.
    static func table(_ caps: [CapDocument]) -> String {
        TextTable.text(
            head: ["CAP", "SLOTS", "TAKEN", "WAITING", "OF"],
            rows: caps.map {
                [
                    $0.key, "\($0.slots)", "\($0.taken)", "\($0.waiting)",
                    $0.shared ? "all workspaces" : "this workspace",
                ]
            })
    }

    /// What a workspace gets.
    static func text(_ limits: LimitsDocument) -> String {
        "weight  \(limits.weight)\nslots   \(limits.slots.map(String.init) ?? "no bound")\n"
    }
}
