import Endpoints
import Model
import Storage

/// What a caller may hand out, read in the transaction that hands it out: what was true when the caller signed in does not
/// count.
struct Granter: Sendable {
    /// What the caller's role holds, whatever the plan leaves of it.
    let held: PermissionSet
    /// What the caller can use right now, through this session or key.
    let usable: PermissionSet
    /// What the workspace's plan withholds from everybody.
    let withheld: PermissionSet
    let rank: Int
    let isOwner: Bool

    /// - Throws: `Problem`: `forbidden` for a caller that is no member (any more), and for programs: whoever comes with a key.
    init(
        _ caller: Caller, in workspace: Workspace, plans: PlanCatalog, on connection: any SQLConnection
    ) throws {
        // A key is copied more easily than a session, and what it hands out would outlive it.
        guard caller.principal.key == nil else { throw Self.program }
        withheld = plans.plan(of: workspace).withheld
        usable = caller.principal.permissions
        switch caller.principal.actor {
        case .serverToken:
            (held, rank, isOwner) = (.grantable, .max, true)
        case .user(let user):
            guard let role = try Member.role(of: user, in: workspace.id, on: connection) else {
                throw Problem(.forbidden, "You are no member of this workspace any more.")
            }
            (held, rank, isOwner) = (role.permissions, role.rank, role.builtIn == .owner)
        case .service, .anonymous:
            throw Self.program
        }
    }

    private static var program: Problem {
        Problem(.forbidden, "An API key cannot hand out rights; a person has to do this in a session.")
    }

    /// Refuses to hand out more than the caller has, or a rank that is not below the caller's. Owners may make owners.
    func check(mayGrant permissions: PermissionSet, rank: Int) throws {
        let excess = permissions.subtracting(held).union(permissions.subtracting(withheld).subtracting(usable))
        guard excess.isEmpty else {
            throw Problem(
                .forbidden, "You cannot hand out what you do not have yourself: \(excess).", field: "permissions")
        }
        try checkOutranks(rank)
    }

    /// Refuses to act on a rank that is not below the caller's; owners may act on owners.
    func checkOutranks(_ rank: Int) throws {
        guard rank < self.rank || isOwner && rank <= BuiltInRole.owner.rank else {
            throw Problem(
                .forbidden, "The role has the rank \(rank), which is not below yours; ask somebody with a higher one.",
                field: "role")
        }
    }
}
