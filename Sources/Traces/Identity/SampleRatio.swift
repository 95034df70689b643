/// The share of new traces that are recorded.
package struct SampleRatio: Hashable, Sendable {
    /// Traces whose 56 random bits lie below it are left out.
    private let threshold: UInt64

    /// - Parameter share: 0 for none to 1 for all.
    package init(_ share: Double) {
        let all = Double(UInt64(1) << 56)
        threshold = UInt64((1 - min(max(share, 0), 1)) * all)
    }

    /// Whether the trace is recorded. It follows from the id alone and as OpenTelemetry has it, so that programs with the same
    /// share choose the same traces, and those with a smaller one a part of them.
    func admits(_ trace: TraceID) -> Bool { trace.low & ((1 << 56) - 1) >= threshold }
}
