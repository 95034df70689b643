package import Logging
import Model
import ServiceLifecycle
package import Storage

/// Removes jobs some time after their end, with everything that hangs on them.
///
/// Every worker process does this about once an hour. Two that meet find the same jobs, and removing them twice changes
/// nothing; so nobody needs to lead.
package struct FinishedJobs: Service {
    private let store: any JobRetention
    private let objects: any ObjectStore
    private let age: Duration
    private let removeUnused: @Sendable () async throws -> Int
    private let logger: Logger

    private static let batch = 200

    /// - Parameters:
    ///   - age: how long a job is kept after its end, unless its workspace's plan says otherwise.
    ///   - removeUnused: removes the files that no job needs any more; returns how many.
    package init(
        store: any JobRetention, objects: any ObjectStore, age: Duration,
        removeUnused: @escaping @Sendable () async throws -> Int = { 0 }, logger: Logger
    ) {
        self.store = store
        self.objects = objects
        self.age = age
        self.removeUnused = removeUnused
        self.logger = logger
    }

    /// Works until a graceful shutdown or cancellation.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            // Not all at once, and not while everything starts.
            var pause = Duration.seconds(Int.random(in: 60...600))
            while (try? await Task.sleep(for: pause)) != nil {
                pause = .seconds(Int.random(in: 3_000...4_200))
                do {
                    try await removeAll()
                } catch {
                    logger.error(
                        "finished jobs could not be removed; trying again in an hour", metadata: ["error": "\(error)"])
                }
            }
        }
    }

    /// Removes all that are old enough, a few at a time, and then the files that nothing shows any more.
    package func removeAll() async throws {
        var (removed, count) = (try await remove(after: nil), 0)
        count += removed.count
        while let position = removed.position, !Task.isCancelled {
            removed = try await remove(after: position)
            count += removed.count
        }
        if count > 0 { logger.info("removed finished jobs", metadata: ["jobs": "\(count)"]) }
        var steps = 0
        while !Task.isCancelled {
            let removed = try await store.removeStepResults(olderThan: age, limit: Self.batch)
            steps += removed
            if removed < Self.batch { break }
        }
        if steps > 0 { logger.info("removed results of old steps", metadata: ["steps": "\(steps)"]) }
        let files = try await removeUnused()
        if files > 0 { logger.info("removed unused files", metadata: ["files": "\(files)"]) }
    }

    private func remove(after position: JobID?) async throws -> RemovedJobs {
        let removed = try await store.removeFinished(olderThan: age, after: position, limit: Self.batch)
        for key in removed.uploads {
            do {
                try await objects.delete(key)
            } catch {
                // The job is gone; its file is only room.
                logger.warning("an upload of a removed job stays", metadata: ["object": "\(key)", "error": "\(error)"])
            }
        }
        return removed
    }
}
