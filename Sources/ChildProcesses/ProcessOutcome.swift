/// What a child that ended with status 0 left behind.
package struct ProcessOutcome: Sendable {
    /// Standard output, up to the command's limit; empty when lines went to a receiver.
    package var standardOutput: [UInt8]
    /// True when standard output was longer than the limit and the rest was dropped.
    package var outputWasCut: Bool
    /// The last 8 KiB of standard error.
    package var standardErrorTail: String
    package var elapsed: Duration
    /// Processor time of the child and of its own reaped children, for metering; nil when it could not be read.
    package var cpuTime: Duration?

    /// Standard output as text; bytes that are not UTF-8 are replaced.
    package var text: String { String(decoding: standardOutput, as: UTF8.self) }
}
