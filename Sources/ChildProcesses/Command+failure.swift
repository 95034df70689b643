import Foundation
import Glibc
import Subprocess

extension Command {
    /// The program's name without its folder, for messages.
    var name: String { executable.split(separator: "/").last.map(String.init) ?? executable }

    /// Finds a program on the command's `PATH`, or checks that an absolute path can be run.
    func locate(_ program: String, debianPackage: String?) throws -> String {
        let candidates =
            program.hasPrefix("/")
            ? [program]
            : (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(program)" }
        if let found = candidates.first(where: { access($0, X_OK) == 0 }) { return found }
        let remedy = debianPackage.map { "install it: apt-get install \($0)" } ?? "install it, or correct its path"
        throw ProcessFailure(.notFound, "The program \(program) was not found; \(remedy)")
    }

    /// The text with values that the caller put into the environment replaced: they may be secrets.
    func masking(_ text: String) -> String {
        environment.reduce(text) { text, entry in
            guard Command.defaultEnvironment[entry.key] != entry.value, entry.value.count >= 6, entry.key != "HOME"
            else { return text }
            return text.replacingOccurrences(of: entry.value, with: "***")
        }
    }

    /// Turns the way a child ended into an error that says what to do.
    func failure(_ status: TerminationStatus, tail: String) -> ProcessFailure {
        // ffmpeg catches SIGXCPU, ends with 255 and names the signal.
        if status == .signaled(SIGXCPU) || tail.contains("received signal \(SIGXCPU)") {
            return ProcessFailure(
                .processorTimeExhausted, "\(name) used up its processor time", standardErrorTail: tail)
        }
        if status == .signaled(SIGXFSZ) || tail.contains("File too large") {
            return ProcessFailure(.fileTooLarge, "\(name) wrote a larger file than allowed", standardErrorTail: tail)
        }
        if tail.contains("No space left on device") {
            return ProcessFailure(.diskFull, "\(name) found the disk full; free some space", standardErrorTail: tail)
        }
        let memorySigns = [
            "Cannot allocate memory", "bad_alloc", "MemoryError", "out of memory", "Out of memory", "memory exhausted",
        ]
        if limits.memory != nil, memorySigns.contains(where: tail.contains) {
            return ProcessFailure(.memoryExhausted, "\(name) needed more memory than allowed", standardErrorTail: tail)
        }
        switch status {
        case .signaled(let signal):
            let hint = signal == SIGKILL ? "; the machine may be short of memory" : ""
            return ProcessFailure(
                .killed(signal: signal), "\(name) was killed by signal \(signal)\(hint)", standardErrorTail: tail)
        case .exited(let code):
            return ProcessFailure(.exited(status: code), "\(name) failed with status \(code)", standardErrorTail: tail)
        }
    }
}
