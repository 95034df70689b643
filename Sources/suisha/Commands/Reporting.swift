import ArgumentParser
import Foundation

/// A failure with the sentence and the exit status that the person or script at the terminal gets.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String
    let status: Status
    /// What the server answered, when it was the server that refused.
    let refusal: Refusal?

    init(_ description: String, _ status: Status = .failed, refusal: Refusal? = nil) {
        self.description = description
        self.status = status
        self.refusal = refusal
    }

    /// A refusal as HTTP has it.
    struct Refusal: Hashable, Sendable {
        let status: Int
        /// When trying again makes sense.
        var retryAfter: Duration?
    }

    /// Exit statuses; those from 64 on are the ones of sysexits.h.
    enum Status: Int32, Sendable {
        case failed = 1
        /// The server works, and the job did not.
        case jobFailed = 2
        case usage = 64
        case noInput = 66
        case unreachable = 69
        case cannotWrite = 73
        case tryLater = 75
        case noPermission = 77
        case configuration = 78
        case interrupted = 130
    }
}

/// Runs the body of a command and turns what it throws into one sentence on standard error and an exit status.
func reporting(_ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let error as ExitCode {
        throw error
    } catch let error as CommandFailure {
        Terminal.error(error.description)
        throw ExitCode(error.status.rawValue)
    } catch let error as SettingError {
        Terminal.error(error.description)
        throw ExitCode(CommandFailure.Status.configuration.rawValue)
    } catch is CancellationError {
        throw ExitCode(CommandFailure.Status.interrupted.rawValue)
    } catch {
        Terminal.error("\(error)")
        throw ExitCode.failure
    }
}
