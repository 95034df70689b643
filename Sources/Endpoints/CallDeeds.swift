import Synchronization

/// What a call did, as its handler tells it for the audit log: at once when it is done, so that it is written down also where
/// the call fails afterwards.
package final class CallDeeds: Sendable {
    /// One thing that was done.
    package struct Deed: Hashable, Sendable {
        /// What was done; nil where it is what the operation declares.
        package let action: String?
        package let targets: DeedTargets
    }

    private let told = Mutex<[Deed]?>(nil)

    package init() {}

    /// Nil while nothing was told: then the declaration and the path say what was done.
    package var all: [Deed]? { told.withLock { $0 } }

    /// Tells of something that was done.
    package func add(_ action: String? = nil, to targets: DeedTargets) {
        told.withLock { $0 = ($0 ?? []) + [Deed(action: action, targets: targets)] }
    }

    /// Tells that everything was found as it was to be.
    package func addNothing() {
        told.withLock { $0 = $0 ?? [] }
    }
}

/// What something was done to: as much of it as an entry of the audit log tells.
package struct DeedTargets: Hashable, Sendable, ExpressibleByArrayLiteral {
    package let count: Int
    package let first: String?
    package let last: String?

    /// A few.
    package init(arrayLiteral ids: String...) {
        (count, first, last) = (ids.count, ids.first, ids.last)
    }

    /// Many, of which only the ends are named.
    package init(count: Int, first: String?, last: String?) {
        (self.count, self.first, self.last) = (count, first, last)
    }
}
