import Endpoints
package import Model

/// The plans of this server, from its configuration.
package struct PlanCatalog: Sendable {
    /// From the smallest to the largest.
    package let plans: [Plan]
    /// What a new workspace gets.
    package let initial: Plan

    /// Plans with distinct names.
    ///
    /// - Parameter initial: the name of the plan of new workspaces.
    /// - Throws: `Problem` that says which plan is wrong and how.
    package init(_ plans: [Plan], initial: String) throws {
        for plan in plans { try Self.check(plan) }
        guard Set(plans.map(\.name)).count == plans.count else {
            throw Problem(.unprocessable, "Two plans have the same name; every plan needs one of its own.")
        }
        guard let first = plans.first(where: { $0.name == initial }) else {
            throw Problem(.unprocessable, "New workspaces are to get the plan '\(initial)', which is not declared.")
        }
        self.init(known: plans, initial: first)
    }

    private init(known plans: [Plan], initial: Plan) {
        self.plans = plans
        self.initial = initial
    }

    /// What a workspace is given: its plan, or the initial one when the configuration no longer has that.
    package func plan(of workspace: Workspace) -> Plan { plan(workspace.plan, of: workspace.id) }

    /// The same, from the name of its plan. The server's own workspace is bounded by nothing but the settings.
    package func plan(_ name: String, of workspace: WorkspaceID) -> Plan {
        workspace == .local ? Self.unbounded : plans.first { $0.name == name } ?? initial
    }

    /// The plan of that name, or a refusal.
    package func existing(_ name: String) throws -> Plan {
        guard let plan = plans.first(where: { $0.name == name }) else {
            let names = plans.map(\.name).joined(separator: ", ")
            throw Problem(
                .unprocessable, "There is no plan '\(name.prefix(60))'; there are: \(names).", field: "plan")
        }
        return plan
    }

    private static func check(_ plan: Plan) throws {
        guard NameRules.isSlug(plan.name) else {
            throw Problem(.unprocessable, "The plan '\(plan.name)' needs a name of 3 to 40 of a-z, 0-9 and '-'.")
        }
        if let unknown = plan.limits.keys.first(where: { Meter(rawValue: $0) == nil }) {
            let names = Meter.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem(
                .unprocessable, "The plan '\(plan.name)' limits '\(unknown)', which is no meter; there are: \(names).")
        }
        guard plan.limits.values.allSatisfy({ $0 >= 0 }), (1...1_000).contains(plan.weight),
            plan.slots.map({ (1...100_000).contains($0) }) ?? true, plan.retentionDays ?? 1 >= 1
        else {
            throw Problem(
                .unprocessable,
                """
                The plan '\(plan.name)' has a number that cannot be: limits are 0 or more, the weight 1 to 1000, slots \
                1 to 100000 or none, days 1 or more.
                """)
        }
    }

    /// The plans of a server whose configuration names none.
    package static let standard: PlanCatalog = .init(known: [free, starter, professional, enterprise], initial: free)

    private static let unbounded = Plan(name: "local", title: "Local", weight: 1, slots: nil)

    private static let hour: Int64 = 3_600_000
    private static let gibibyte: Int64 = 1 << 30

    private static let free = Plan(
        name: "free", title: "Free",
        limits: [
            .projects: 3, .storageBytes: 1 * gibibyte, .processingMilliseconds: 5 * hour, .concurrentJobs: 100,
        ],
        weight: 1, slots: 2, band: .batch, retentionDays: 7, withheld: [.rolesWrite, .workersRun])

    private static let starter = Plan(
        name: "starter", title: "Starter",
        limits: [
            .projects: 20, .storageBytes: 50 * gibibyte, .processingMilliseconds: 50 * hour, .concurrentJobs: 1_000,
        ],
        weight: 2, slots: 5, retentionDays: 30)

    private static let professional = Plan(
        name: "professional", title: "Professional",
        limits: [
            .projects: 200, .storageBytes: 500 * gibibyte, .processingMilliseconds: 500 * hour,
            .concurrentJobs: 20_000,
        ],
        weight: 5, slots: 20, retentionDays: 90)

    private static let enterprise = Plan(
        name: "enterprise", title: "Enterprise", weight: 10, slots: nil, retentionDays: 365)
}
