import Synchronization

/// Random numbers for ids: xoshiro256**, begun with numbers of the system. Asking the system for each takes as long as all the
/// rest of a span, and ids need not be secret.
final class RandomNumbers: Sendable {
    private let state: Mutex<(UInt64, UInt64, UInt64, UInt64)>

    init() {
        func seed() -> UInt64 { .random(in: 1 ... .max) }
        state = Mutex((seed(), seed(), seed(), seed()))
    }

    func next() -> UInt64 {
        state.withLock { state in
            let result = Self.rotated(state.1 &* 5, by: 7) &* 9
            let shifted = state.1 << 17
            state.2 ^= state.0
            state.3 ^= state.1
            state.1 ^= state.2
            state.0 ^= state.3
            state.2 ^= shifted
            state.3 = Self.rotated(state.3, by: 45)
            return result
        }
    }

    private static func rotated(_ number: UInt64, by bits: UInt64) -> UInt64 { number << bits | number >> (64 - bits) }
}
