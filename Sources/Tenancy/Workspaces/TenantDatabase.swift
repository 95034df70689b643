import Endpoints
import Model
package import Storage

/// The database with what every change of tenants needs beside it.
package struct TenantDatabase: Sendable {
    /// Where the rows are.
    package let database: any SQLDatabase
    /// What workspaces can be given.
    package let plans: PlanCatalog
    /// Who hears of changed rights.
    package let listener: any RightsListener

    package init(
        _ database: any SQLDatabase, plans: PlanCatalog = .standard, listener: any RightsListener = NoRightsListener()
    ) {
        self.database = database
        self.plans = plans
        self.listener = listener
    }

    /// Changes who may do what in a workspace: locks its row first, so that such changes come one after the other, and
    /// raises its epoch. The listener is told before this returns.
    ///
    /// - Parameters:
    ///   - states: those in which the change is allowed.
    ///   - users: whose rights change; nil for all members'.
    /// - Throws: `Problem`: `notFound` for a workspace that is not there, `conflict` in another state.
    func changeRights<Value: Sendable>(
        in workspace: WorkspaceID, states: Set<WorkspaceState> = [.active], of users: Set<UserID>? = nil,
        _ body: @escaping @Sendable (any SQLConnection, Workspace) throws -> Value
    ) async throws -> Value {
        let (value, epoch) = try await database.transact { connection in
            let current = try Workspace.lockRights(in: workspace, on: connection)
            guard states.contains(current.state) else { throw current.refusal }
            return (try body(connection, current), current.authorizationEpoch)
        }
        await listener.rightsChanged(RightsChange(workspace: workspace, epoch: epoch, users: users))
        return value
    }
}
