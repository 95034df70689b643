import Synchronization

/// Says whether the files of a request belong to somebody else by now, who keeps or removes them.
package final class UploadCustody: Sendable {
    private let taken = Mutex(false)

    package init() {}

    package var isTaken: Bool { taken.withLock { $0 } }

    package func take() {
        taken.withLock { $0 = true }
    }
}
