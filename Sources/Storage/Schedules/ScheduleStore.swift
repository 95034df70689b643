package import Foundation
package import Model

/// What people do to schedules. Their jobs are submitted by the sweep, in the transaction that moves the schedule on.
package protocol ScheduleStore: Sendable {
    /// The workspace's schedules, by name.
    func schedules(in workspace: WorkspaceID) async throws(StorageError) -> [Schedule]

    /// One schedule, or nil.
    func schedule(_ name: String, in workspace: WorkspaceID) async throws(StorageError) -> Schedule?

    /// Makes a schedule, or replaces the one of that name; it misses nothing that lies before. A paused one stays paused.
    ///
    /// - Throws: `full` when the workspace has as many as it may.
    func put(_ schedule: NewSchedule) async throws(StorageError) -> Schedule

    /// Pauses or resumes a schedule. Ticks that pass meanwhile are not missed.
    ///
    /// - Throws: `notFound`.
    func setPaused(_ isPaused: Bool, _ name: String, in workspace: WorkspaceID) async throws(StorageError) -> Schedule

    /// Removes a schedule; jobs that it has submitted stay.
    ///
    /// - Throws: `notFound`.
    func removeSchedule(_ name: String, in workspace: WorkspaceID) async throws(StorageError)
}

/// A schedule to store, checked.
package struct NewSchedule: Sendable {
    package var workspace: WorkspaceID
    package var name: String
    package var kind: String
    package var input: JSONText
    package var inputHash: String
    package var priority: Int
    package var band: Band
    package var maxAttempts: Int
    package var cron: CronExpression
    package var zone: TimeZone
    /// The zone as people wrote it: Foundation calls `UTC` `GMT`.
    package var zoneName: String
    package var missed: MissedTickPolicy

    /// How many a workspace may have.
    package static let limit: Int = 1_000

    package init(
        workspace: WorkspaceID, name: String, kind: String, input: JSONText, inputHash: String, priority: Int = 0,
        band: Band = .batch, maxAttempts: Int = 5, cron: CronExpression, zone: TimeZone,
        zoneName: String? = nil, missed: MissedTickPolicy = .latest
    ) {
        self.workspace = workspace
        self.name = name
        self.kind = kind
        self.input = input
        self.inputHash = inputHash
        self.priority = priority
        self.band = band
        self.maxAttempts = maxAttempts
        self.cron = cron
        self.zone = zone
        self.zoneName = zoneName ?? zone.identifier
        self.missed = missed
    }
}
