package import Storage

/// The tables of users, workspaces and everything that belongs to them.
package enum TenancyMigrations {
    /// In order, following those of the jobs.
    package static let all: [Migration] = [
        .accounts, .workspaces, .limits, .busCount, .workspaceBooks, .keyOrigins, .keysOfFormerMembers,
    ]
}
