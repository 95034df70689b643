import Endpoints
package import Model
import Storage

/// How a job is to be treated, beside what it is to do.
package struct JobOptions: Sendable {
    /// Higher runs first, within a workspace.
    package var priority: Int
    /// When it may run at the earliest.
    package var start: Start
    /// It ends unrun when no worker has taken it by then.
    package var expiresAfter: Duration?
    /// It waits for the end of these jobs of its workspace.
    package var needs: [JobID]
    package var whenNeedFails: DependencyPolicy
    /// How many jobs may run at once under each of these names of its workspace. A bound that was set before stays.
    package var caps: [String: Int]

    /// When a job may begin.
    package enum Start: Hashable, Sendable {
        case now
        case after(Duration)
        case at(Timestamp)
    }

    /// What a priority may be.
    package static let priorities: ClosedRange<Int> = -100...100
    /// How far ahead a job may be planned.
    package static let horizon: Duration = .seconds(365 * 86_400)
    /// How many jobs one may wait for.
    package static let maximumNeeds: Int = 1_000
    /// How many caps a job may count against.
    package static let maximumCaps: Int = 8
    /// What the slots of a cap may be.
    package static let slots: ClosedRange<Int> = 1...100_000

    package init(
        priority: Int = 0, start: Start = .now, expiresAfter: Duration? = nil, needs: [JobID] = [],
        whenNeedFails: DependencyPolicy = .cancel, caps: [String: Int] = [:]
    ) {
        self.priority = priority
        self.start = start
        self.expiresAfter = expiresAfter
        self.needs = needs
        self.whenNeedFails = whenNeedFails
        self.caps = caps
    }

    /// Checks everything and puts it into a job.
    ///
    /// - Throws: `Problem` that names the field and what is allowed.
    func apply(to job: inout NewJob, now: Timestamp = .now) throws {
        guard Self.priorities.contains(priority) else {
            throw Problem(.unprocessable, "The priority must lie between -100 and 100.", field: "priority")
        }
        job.priority = priority
        switch start {
        case .now: break
        case .after(let delay):
            guard delay >= .zero, delay <= Self.horizon else {
                throw Problem(
                    .unprocessable, "A job can wait up to 365 days: delay_ms must lie between 0 and 31536000000.",
                    field: "delay_ms")
            }
            job.delay = delay
        case .at(let moment):
            guard moment - now <= Self.horizon else {
                throw Problem(
                    .unprocessable,
                    "A job can be planned up to 365 days ahead: run_at is later than \(now + Self.horizon).",
                    field: "run_at")
            }
            job.notBefore = moment
        }
        if let expiresAfter {
            guard expiresAfter >= .milliseconds(1), expiresAfter <= Self.horizon * 2 else {
                throw Problem(
                    .unprocessable,
                    "A job can expire within 730 days: expires_in_ms must lie between 1 and 63072000000.",
                    field: "expires_in_ms")
            }
            guard job.delay < expiresAfter, job.notBefore.map({ $0 - now < expiresAfter }) ?? true else {
                throw Problem(
                    .unprocessable, "The job would expire before it may run; make expires_in_ms longer.",
                    field: "expires_in_ms")
            }
            job.expiresAfter = expiresAfter
        }
        guard needs.count <= Self.maximumNeeds else {
            throw Problem(
                .unprocessable, "A job can wait for at most \(Self.maximumNeeds) others; these are \(needs.count).",
                field: "needs")
        }
        job.needs = needs
        job.whenNeedFails = whenNeedFails
        job.caps = try checkedCaps(in: job.workspace)
    }

    private func checkedCaps(in workspace: WorkspaceID) throws -> [Cap] {
        guard caps.count <= Self.maximumCaps else {
            throw Problem(
                .unprocessable, "A job can count against at most \(Self.maximumCaps) caps; these are \(caps.count).",
                field: "caps")
        }
        return try caps.sorted { $0.key < $1.key }.map { name, slots in
            let field = "caps.\(name.prefix(120))"
            guard Self.slots.contains(slots) else {
                throw Problem(
                    .unprocessable,
                    "A cap has from \(Self.slots.lowerBound) to \(Self.slots.upperBound) slots.", field: field)
            }
            return Cap(try CapKey(checking: name, in: workspace, field: field), slots: slots)
        }
    }
}

extension CapKey {
    /// A cap of one workspace, by a name from outside.
    ///
    /// - Throws: `Problem` for a name that cannot stand in the path of a URL.
    package init(checking name: String, in workspace: WorkspaceID, field: String) throws {
        guard let key = CapKey(name, in: workspace), !name.contains(where: { "/\\".contains($0) }) else {
            throw Problem(
                .unprocessable,
                "A cap is named with 1 to 120 visible ASCII characters without slashes, such as repository:website.",
                field: field)
        }
        self = key
    }
}
