package import Model

/// What the kernel lets one child process use; nil leaves the parent's limit in place.
///
/// The limits hold for each process of the group, not for their sum.
package struct ProcessLimits: Hashable, Sendable {
    /// Address space. Allocations beyond it fail inside the child.
    package var memory: ByteCount?
    /// Processor time, rounded up to whole seconds.
    package var cpu: Duration?
    /// The largest file the child may write.
    package var largestFile: ByteCount?
    /// How many files the child may hold open.
    package var openFiles: Int?

    package init(
        memory: ByteCount? = nil, cpu: Duration? = nil, largestFile: ByteCount? = nil, openFiles: Int? = 256
    ) {
        self.memory = memory
        self.cpu = cpu
        self.largestFile = largestFile
        self.openFiles = openFiles
    }

    /// Arguments of `prlimit`. Core files are always off: they would hold users' recordings.
    var arguments: [String] {
        var arguments = ["--core=0"]
        if let memory { arguments.append("--as=\(memory.bytes)") }
        if let cpu {
            let seconds = max(1, cpu.components.seconds + (cpu.components.attoseconds > 0 ? 1 : 0))
            // The soft limit asks the child to end (SIGXCPU); the hard one, a little later, kills it.
            arguments.append("--cpu=\(seconds):\(seconds + 2)")
        }
        if let largestFile { arguments.append("--fsize=\(largestFile.bytes)") }
        if let openFiles { arguments.append("--nofile=\(openFiles)") }
        return arguments
    }
}
