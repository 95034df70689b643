import Endpoints
package import Model
package import Storage

/// Keeps the books of workspaces on the bytes of their files, within the plan.
package struct TenantStorageLedger: StorageLedger {
    private let plans: PlanCatalog

    package init(plans: PlanCatalog) {
        self.plans = plans
    }

    package func bytesLeft(
        in workspace: WorkspaceID, on connection: any SQLConnection
    ) throws(StorageError) -> Int64? {
        try connection.lockLeft(of: .storageBytes, in: [workspace], plans: plans)[workspace]
    }

    package func take(
        _ bytes: Int64, in workspace: WorkspaceID, on connection: any SQLConnection
    ) throws(StorageError) {
        do {
            try refusing { try connection.take(bytes, of: .storageBytes, in: workspace, plans: plans) }
        } catch {
            throw Self.refusal(error)
        }
    }

    package func giveBack(
        _ bytes: Int64, in workspace: WorkspaceID, on connection: any SQLConnection
    ) throws(StorageError) {
        try refusing { try connection.giveBack(bytes, of: .storageBytes, in: workspace) }
    }

    package func refusal(
        of bytes: Int64?, in workspace: WorkspaceID, on connection: any SQLConnection
    ) throws(StorageError) -> StorageError {
        let problem = try connection.quotaRefusal(bytes, .storageBytes, "", workspace)
        return StorageError(.limited, problem.detail, underlying: problem)
    }

    private static func refusal(_ error: StorageError) -> StorageError {
        guard let problem = error.underlying as? Problem else { return error }
        return StorageError(.limited, problem.detail, underlying: problem)
    }
}
