import ServiceLifecycle

/// Something that goes on beside the requests for as long as the process lives; it is cancelled at the end.
struct Duty: Service {
    private let work: @Sendable () async -> Void

    init(_ work: @escaping @Sendable () async -> Void) {
        self.work = work
    }

    func run() async throws {
        await cancelWhenGracefulShutdown(work)
    }
}
