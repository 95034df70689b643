import Model

/// The moments of the newest calls under one key: no more of them than the bound allows.
package struct RateRing: Hashable, Sendable {
    /// Oldest first, in microseconds of some clock.
    package private(set) var moments: [Int64]

    package init(moments: [Int64] = []) {
        self.moments = moments
    }

    /// Admits a call at `now`, or refuses it and stays as it is.
    package mutating func admit(at now: Int64, within bound: RateBound) -> RateAdmission {
        let window = bound.window.microseconds
        // A clock that goes back a little must not let more through; one that was far ahead must not lock anybody out.
        if let newest = moments.last, newest - now > window { moments = [] }
        let now = max(now, moments.last ?? now)
        moments.removeFirst(moments.prefix { $0 <= now - window }.count)
        guard moments.count < bound.calls else {
            let leaving = moments[moments.count - bound.calls]
            return RateAdmission(isAdmitted: false, remaining: 0, next: .microseconds(leaving + window - now))
        }
        moments.append(now)
        return RateAdmission(
            isAdmitted: true, remaining: bound.calls - moments.count,
            next: .microseconds((moments.first ?? now) + window - now))
    }

    /// When nothing of it counts any more.
    package func end(of bound: RateBound) -> Int64 { (moments.last ?? 0) + bound.window.microseconds }
}
