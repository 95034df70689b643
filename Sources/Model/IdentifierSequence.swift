import Foundation
import Synchronization

/// Makes UUIDs of version 7 that grow: of two made by this process, the later one is greater, also within a millisecond and
/// when the clock is set back. So jobs that were submitted one after the other stand in that order.
///
/// RFC 9562, section 6.2, method 1: 26 bits behind the time count within a millisecond, from a random start; the other 48 are
/// random.
struct IdentifierSequence {
    private var milliseconds: UInt64 = 0
    private var counter: UInt64 = 0

    private static let shared = Mutex(IdentifierSequence())

    /// The process's next UUID.
    static func next() -> UUID {
        var random = SystemRandomNumberGenerator()
        return shared.withLock { $0.next(at: .now, using: &random) }
    }

    private static let counterBits: UInt64 = 26

    mutating func next(at now: Timestamp, using random: inout some RandomNumberGenerator) -> UUID {
        let time = UInt64(max(0, now.microseconds / 1_000))
        if time > milliseconds {
            milliseconds = time
            // The upper half stays free, so that a millisecond has room for 33 million.
            counter = random.next() >> (64 - Self.counterBits + 1)
        } else {
            counter += 1
            if counter >> Self.counterBits != 0 {
                milliseconds += 1
                counter = 0
            }
        }
        let high = milliseconds << 16 | 0x7000 | counter >> 14
        let low = 0x8000_0000_0000_0000 | (counter & 0x3FFF) << 48 | random.next() & 0xFFFF_FFFF_FFFF
        return withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }
}
