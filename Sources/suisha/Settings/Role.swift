import ArgumentParser

/// What a process does.
enum Role: String, CaseIterable, Sendable, ExpressibleByArgument {
    /// Answers HTTP requests.
    case api
    /// Runs jobs.
    case worker
}
