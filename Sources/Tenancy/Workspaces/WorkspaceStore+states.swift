import Endpoints
package import Model
package import Storage

extension WorkspaceStore {
    /// Stops a workspace: its owners may read, and nobody does anything else. For who runs the server.
    package func suspend(_ id: WorkspaceID, reason: String, by caller: Caller) async throws -> Workspace {
        let reason = try NameRules.checked(reason, field: "reason", upTo: 500)
        return try await change(id, to: .suspended, from: [.active], by: caller, reason: reason)
    }

    /// Ends a suspension.
    package func resume(_ id: WorkspaceID, by caller: Caller) async throws -> Workspace {
        try await change(id, to: .active, from: [.suspended], by: caller)
    }

    /// Deletes the caller's workspace: nothing in it works any more, and after the grace period it is removed.
    package func delete(by caller: Caller) async throws -> Workspace {
        guard caller.workspace != .local else {
            throw Problem(.unprocessable, "The server's own workspace cannot be deleted; delete what is in it.")
        }
        return try await change(caller.workspace, to: .deleting, from: [.active, .suspended], by: caller)
    }

    /// Brings a deleted workspace back within the grace period. One that was suspended is so again. After it, files may be
    /// gone already: there is no way back.
    package func restore(by caller: Caller) async throws -> Workspace {
        try await change(caller.workspace, to: .active, from: [.deleting], by: caller)
    }

    private func change(
        _ id: WorkspaceID, to state: WorkspaceState, from states: Set<WorkspaceState>, by caller: Caller,
        reason: String? = nil
    ) async throws -> Workspace {
        let grace = gracePeriod.microseconds
        return try await tenants.changeRights(in: id, states: states) { connection, workspace in
            let rows = try connection.query(
                """
                UPDATE workspace SET
                    state = CASE WHEN state = 'deleting' AND state_before IS NOT NULL THEN state_before ELSE $2 END,
                    state_before = CASE WHEN $2 = 'deleting' THEN state END,
                    reason = CASE WHEN $2 = 'suspended' THEN $3 WHEN state = 'suspended' AND $2 = 'active' THEN NULL
                        ELSE reason END,
                    purge_at = CASE WHEN $2 = 'deleting' THEN now_us() + $4 END,
                    updated_at = now_us()
                WHERE id = $1 AND ($2 <> 'active' OR purge_at IS NULL OR purge_at > now_us())
                RETURNING \(Workspace.columns)
                """, [SQLValue(id), .text(state.rawValue), SQLValue(reason), .integer(grace)])
            guard let row = rows.first else { throw Workspace.missing }
            let changed = try Workspace(row)
            // Only what is active has its jobs started; in the same transaction, so that none slips through.
            if changed.state == .active {
                try SQLJobStore.letGo(id, on: connection)
            } else {
                try SQLJobStore.hold(id, on: connection)
            }
            let verb =
                switch (workspace.state, state) {
                case (.deleting, _): "restored"
                case (_, .deleting): "deleted"
                case (_, .suspended): "suspended"
                default: "resumed"
                }
            try connection.audit(
                AuditRecord("workspace.\(verb)", by: caller, detail: reason.map { ["reason": $0] } ?? [:]), in: id)
            return changed
        }
    }

    /// Gives a workspace another plan, at once. What it has above the new bounds stays; nothing is added to it. For who runs
    /// the server, and for billing.
    ///
    /// - Parameter queues: told of the new part of the workers, so that it holds at once; the row that a crash before that
    ///   leaves is right already.
    package func setPlan(
        _ name: String, of id: WorkspaceID, by caller: Caller, queues: (any QueueControl)? = nil
    ) async throws -> Workspace {
        guard id != .local else {
            throw Problem(.conflict, "The server's own workspace takes no plan: its bounds are the server's settings.")
        }
        let plan = try tenants.plans.existing(name)
        let workspace = try await tenants.changeRights(in: id, states: [.active, .suspended]) { connection, _ in
            let rows = try connection.query(
                "UPDATE workspace SET plan = $2, updated_at = now_us() WHERE id = $1 RETURNING \(Workspace.columns)",
                [SQLValue(id), .text(plan.name)])
            guard let row = rows.first else { throw Workspace.missing }
            try Self.apply(plan, to: id, on: connection)
            try connection.audit(AuditRecord("workspace.plan_changed", by: caller, detail: ["plan": plan.name]), in: id)
            return try Workspace(row)
        }
        try await queues?.setLimit(plan.workspaceLimit, of: id)
        return workspace
    }

    /// Gives every workspace what its plan gives now, where it has something else: after a change of the configuration. Its part
    /// of the workers stays: that may have been set for it alone.
    ///
    /// - Returns: how many had something else.
    package func applyPlans() async throws -> Int {
        var (last, count): (WorkspaceID?, Int) = (nil, 0)
        while case let page = try await identifiers(after: last), let newest = page.last {
            last = newest
            for id in page {
                do {
                    guard try await tenants.database.look({ try isApart(id, on: $0) }) else { continue }
                    try await tenants.changeRights(in: id, states: Set(WorkspaceState.allCases)) {
                        connection, workspace in
                        try Self.apply(tenants.plans.plan(of: workspace), keepingShare: true, to: id, on: connection)
                    }
                    count += 1
                } catch let problem as Problem where problem.kind == .notFound {
                    // Another process removed it since the page was read.
                }
            }
        }
        return count
    }

    /// Whether a workspace has something else than its plan gives. A counter that is not there yet begins with the plan's bound.
    private func isApart(_ id: WorkspaceID, on connection: any SQLConnection) throws -> Bool {
        let plan = tenants.plans.plan(of: try Workspace.read(id, on: connection))
        let limits = try connection.query(
            "SELECT retention FROM workspace_limit WHERE workspace = $1", [SQLValue(id)])
        // No row is the same as a plan that gives nothing of its own.
        guard try limits.first?.optionalInteger("retention") == plan.retention?.microseconds,
            !limits.isEmpty || plan.workspaceLimit == WorkspaceLimit()
        else { return true }
        let month = Month(of: try connection.row("SELECT now_us() AS now").time("now"))
        let caps = try connection.query(
            "SELECT meter, cap FROM quota_counter WHERE workspace = $1 AND period IN ('', $2)",
            [SQLValue(id), .text(month.description)])
        return try caps.contains { row in
            guard let meter = Meter(rawValue: try row.text("meter")) else { return false }
            return try row.optionalInteger("cap") != plan.cap(of: meter)
        }
    }

    /// Writes what a plan gives: the bounds of meters, the part of the workers, and for how long finished jobs are kept.
    static func apply(
        _ plan: Plan, keepingShare: Bool = false, to id: WorkspaceID, on connection: any SQLConnection
    ) throws(StorageError) {
        let month = Month(of: try connection.row("SELECT now_us() AS now").time("now"))
        try connection.execute(
            """
            INSERT INTO quota_counter (workspace, meter, period, cap) VALUES ($1, $2, $3, $4)
            ON CONFLICT (workspace, meter, period) DO UPDATE SET cap = excluded.cap
            """,
            batch: Meter.inLockOrder.map { meter in
                [
                    SQLValue(id), .text(meter.rawValue), .text(meter.isMonthly ? month.description : ""),
                    SQLValue(plan.cap(of: meter)),
                ]
            })
        // After the counters, as everybody who locks both.
        let limit = plan.workspaceLimit
        try connection.execute(
            """
            INSERT INTO workspace_limit (workspace, weight, slots, retention) VALUES ($1, $2, $3, $4)
            ON CONFLICT (workspace) DO UPDATE SET
                \(keepingShare ? "" : "weight = excluded.weight, slots = excluded.slots,") retention = excluded.retention
            """,
            [
                SQLValue(id), SQLValue(limit.weight), SQLValue(limit.slots.map { Int64($0) }),
                SQLValue(plan.retention?.microseconds),
            ])
        // A plan with more processing time lets jobs start that waited for it; one that is suspended stays so.
        try SQLJobStore.letGo(id, before: SQLJobStore.forever, on: connection)
    }

    // MARK: Removal

    /// Workspaces whose grace period is over, the oldest first. Index: workspace_purge.
    package func purgeable(limit: Int = 100) async throws -> [WorkspaceID] {
        try await tenants.database.read { connection throws(StorageError) in
            var ids: [WorkspaceID] = []
            for row in try connection.query(
                """
                SELECT id FROM workspace WHERE purge_at IS NOT NULL AND purge_at <= now_us()
                ORDER BY purge_at LIMIT \(max(limit, 1))
                """)
            {
                ids.append(try row.id("id"))
            }
            return ids
        }
    }

    /// A page of all workspaces of the server, by id. For who runs it.
    package func everyWorkspace(
        in state: WorkspaceState? = nil, after: WorkspaceID? = nil, limit: Int = 100
    ) async throws -> [Workspace] {
        try await tenants.database.read { connection throws(StorageError) in
            var values: [SQLValue] = []
            var conditions: [String] = []
            if let after {
                values.append(SQLValue(after))
                conditions.append("id > $\(values.count)")
            }
            if let state {
                values.append(.text(state.rawValue))
                conditions.append("state = $\(values.count)")
            }
            var workspaces: [Workspace] = []
            for row in try connection.query(
                """
                SELECT \(Workspace.columns) FROM workspace
                \(conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND "))
                ORDER BY id LIMIT \(max(limit, 1))
                """, values)
            {
                workspaces.append(try Workspace(row))
            }
            return workspaces
        }
    }

    /// A page of the ids of all workspaces of the server, in order.
    package func identifiers(after: WorkspaceID? = nil, limit: Int = 200) async throws -> [WorkspaceID] {
        try await tenants.database.read { connection throws(StorageError) in
            let after = after.map { [SQLValue($0)] } ?? []
            var ids: [WorkspaceID] = []
            for row in try connection.query(
                """
                SELECT id FROM workspace \(after.isEmpty ? "" : "WHERE id > $1") ORDER BY id LIMIT \(max(limit, 1))
                """, after)
            {
                ids.append(try row.id("id"))
            }
            return ids
        }
    }

    /// Removes a workspace whose grace period is over, with everything in it, for good. Files are removed before: their names
    /// are in rows that go here. That it happened stays in the log of the server's own workspace.
    ///
    /// - Throws: `Problem`: `conflict` for one that may still be restored.
    package func purge(_ id: WorkspaceID) async throws {
        let members = try await tenants.database.transact { connection in
            let due = try connection.query(
                """
                SELECT slug FROM workspace WHERE id = $1 AND state = 'deleting' AND purge_at <= now_us()
                \(connection.dialect.forUpdate)
                """, [SQLValue(id)])
            guard let row = due.first else {
                throw Problem(.conflict, "The workspace \(id) is not deleted, or its grace period is not over.")
            }
            let slug = try row.text("slug")
            var members: Set<UserID> = []
            for row in try connection.query("SELECT member FROM membership WHERE workspace = $1", [SQLValue(id)]) {
                members.insert(try row.id("member"))
            }
            for removal in removals { try removal.remove(id, connection) }
            try WorkspaceRemoval.own.remove(id, connection)
            try connection.execute("DELETE FROM workspace WHERE id = $1", [SQLValue(id)])
            try connection.audit(
                AuditRecord(
                    "workspace.purged", by: .server(in: .local), target: id.description, detail: ["slug": slug]),
                in: .local)
            return members
        }
        await tenants.listener.rightsChanged(RightsChange(workspace: id, epoch: .max, users: members))
    }
}
