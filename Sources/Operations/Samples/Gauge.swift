/// What has a value at a moment.
///
/// Stored under its number, which is never given to another.
package enum Gauge: Int, Hashable, Sendable, CaseIterable, Comparable {
    case processCPU = 1
    case processMemory = 2
    case processFiles = 3
    case machineCPU = 4
    case machineMemoryUsed = 5
    case machineMemoryTotal = 6
    case diskFree = 7
    case diskTotal = 8
    case diskRead = 9
    case diskWritten = 10
    case networkReceived = 11
    case networkSent = 12
    case requestsInFlight = 13
    case connections = 14
    case eventStreams = 15
    case webSockets = 16
    case poolInUse = 17
    case poolIdle = 18
    case databaseUp = 19
    case databaseLatency = 20
    case cacheUp = 21
    case busUp = 22
    case jobsScheduled = 23
    case jobsBlocked = 24
    case jobsParked = 25
    case jobsReady = 26
    case jobsRunning = 27
    case queueLag = 28
    case queueAge = 29
    case workers = 30
    case fairness = 31

    /// How the values of several nodes become one.
    package enum Union: Sendable {
        /// Each node has its own part.
        case sum
        /// All see the same, or a part of a whole that is the same for all.
        case mean
    }

    /// How the values of several nodes become one. What belongs to a machine is not added up: nodes may share one.
    package var union: Union {
        switch self {
        case .processCPU, .processMemory, .processFiles, .requestsInFlight, .connections, .eventStreams, .webSockets,
            .poolInUse, .poolIdle:
            .sum
        case .machineCPU, .machineMemoryUsed, .machineMemoryTotal, .diskFree, .diskTotal, .diskRead, .diskWritten,
            .networkReceived, .networkSent, .databaseUp, .databaseLatency, .cacheUp, .busUp, .jobsScheduled,
            .jobsBlocked, .jobsParked, .jobsReady, .jobsRunning, .queueLag, .queueAge, .workers, .fairness:
            .mean
        }
    }

    package static func < (left: Gauge, right: Gauge) -> Bool { left.rawValue < right.rawValue }
}

/// What happens a number of times.
///
/// Stored under its number, which is never given to another.
package enum Count: Int, Hashable, Sendable, CaseIterable, Comparable {
    case requests = 1
    case errors = 2
    case refusals = 3
    case uploadedBytes = 4
    case sessionLookups = 5
    case sessionHits = 6
    case workspaceLookups = 7
    case workspaceHits = 8
    case poolTimeouts = 9
    case redisCommands = 10
    case redisFailures = 11
    case connectionLosses = 12
    case jobsSucceeded = 13
    case jobsFailed = 14
    case jobsRetried = 15
    case jobsCanceled = 16
    case leasesLost = 17
    case listenerLosses = 18

    package static func < (left: Count, right: Count) -> Bool { left.rawValue < right.rawValue }
}

/// What takes differently long.
///
/// Stored under its number, which is never given to another.
package enum Distribution: Int, Hashable, Sendable, CaseIterable, Comparable {
    case requests = 1
    case poolWaits = 2
    case redisCalls = 3
    case jobWaits = 4
    case jobRuns = 5

    package static func < (left: Distribution, right: Distribution) -> Bool { left.rawValue < right.rawValue }
}
