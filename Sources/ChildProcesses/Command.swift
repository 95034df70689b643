package import Foundation

/// A program to run and everything it may use.
package struct Command: Sendable {
    /// A name looked up on `PATH`, or an absolute path.
    package var executable: String
    package var arguments: [String]
    /// The whole environment of the child; nothing is inherited. `HOME` is added when absent: the working directory.
    package var environment: [String: String]
    /// The folder the child starts in; nil for the parent's.
    package var workingDirectory: URL?
    package var limits: ProcessLimits
    /// False cuts the child off from every network where the machine allows it; see `ChildProcess.isolation()`.
    package var networkAllowed: Bool
    /// The longest the child may run. Past it the whole group is ended and the run fails with `.timedOut`.
    package var timeout: Duration
    /// True keeps standard input open, and empty, for as long as the parent lives and the child runs, so that a child
    /// can notice the death of its parent by reading to the end. False gives `/dev/null`.
    package var holdsInput: Bool
    /// A file that the child reads as its standard input; nil for what `holdsInput` says.
    package var inputFile: URL?
    /// How long the group may take to end after SIGTERM, when it must end early, before SIGKILL.
    package var grace: Duration
    /// Folder in which the group is recorded while it lives, for `ProcessLedger.endOrphans(in:)` after a crash.
    package var ledger: URL?
    /// The Debian package with the program, named in the error when the program is missing.
    package var debianPackage: String?
    /// Bytes of standard output kept in the outcome when no line receiver is given; the rest is read and dropped.
    package var outputLimit: Int
    /// True ends a child that writes more than `outputLimit`; the run fails with `.outputTooLarge`.
    package var endsPastOutputLimit: Bool

    /// What a child gets when the caller says nothing else: the `PATH` of this process, and text in UTF-8.
    package static let defaultEnvironment: [String: String] = [
        "PATH": ProcessInfo.processInfo.environment["PATH"]
            ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG": "C.UTF-8",
    ]

    package init(
        executable: String,
        arguments: [String] = [],
        environment: [String: String] = Command.defaultEnvironment,
        workingDirectory: URL? = nil,
        limits: ProcessLimits = ProcessLimits(),
        networkAllowed: Bool = false,
        timeout: Duration,
        holdsInput: Bool = false,
        inputFile: URL? = nil,
        grace: Duration = .seconds(3),
        ledger: URL? = nil,
        debianPackage: String? = nil,
        outputLimit: Int = 1 << 20,
        endsPastOutputLimit: Bool = false
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.limits = limits
        self.networkAllowed = networkAllowed
        self.timeout = timeout
        self.holdsInput = holdsInput
        self.inputFile = inputFile
        self.grace = grace
        self.ledger = ledger
        self.debianPackage = debianPackage
        self.outputLimit = outputLimit
        self.endsPastOutputLimit = endsPastOutputLimit
    }
}
