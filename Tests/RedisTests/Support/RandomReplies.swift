import Foundation
import NIOCore

@testable import RedisStore

/// Random numbers that a seed repeats (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// From `TEST_SEED`, to replay a failure, or any.
    static var seed: UInt64 {
        ProcessInfo.processInfo.environment["TEST_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...UInt64(UInt32.max))
    }

    /// How long to go on: `TEST_ROUNDS`, or as given.
    static func rounds(_ usual: Int) -> Int {
        ProcessInfo.processInfo.environment["TEST_ROUNDS"].flatMap { Int($0) } ?? usual
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension RESPValue {
    /// A value of any type, with values inside down to `depth`; pushes stand outermost only.
    static func random(depth: Int, using numbers: inout SeededNumbers) -> RESPValue {
        let kinds = depth > 0 ? 12 : 9
        switch Int.random(in: 0..<kinds, using: &numbers) {
        case 0: return .null
        case 1: return .simple(line(using: &numbers))
        case 2: return .error("ERR " + line(using: &numbers) + (Bool.random(using: &numbers) ? "\r\nmore" : ""))
        case 3: return .integer(.random(in: .min ... .max, using: &numbers))
        case 4: return .double([1.5, -2e300, .infinity, 0, 1e-5].randomElement(using: &numbers) ?? 0)
        case 5: return .boolean(.random(using: &numbers))
        case 6: return .bigNumber("-" + String(repeating: "7", count: .random(in: 1...60, using: &numbers)))
        case 7: return .bulk(bytes(using: &numbers))
        case 8: return .verbatim(format: "txt", bytes(using: &numbers))
        case 9: return .array(list(depth, using: &numbers))
        case 10: return .set(list(depth, using: &numbers))
        default:
            let keys = list(depth, using: &numbers)
            return .map(keys.flatMap { [$0, .null] })
        }
    }

    private static func list(_ depth: Int, using numbers: inout SeededNumbers) -> [RESPValue] {
        (0..<Int.random(in: 0...6, using: &numbers)).map { _ in random(depth: depth - 1, using: &numbers) }
    }

    private static func line(using numbers: inout SeededNumbers) -> String {
        String(
            (0..<Int.random(in: 0...40, using: &numbers)).compactMap { _ in "OK水 $*:,9".randomElement(using: &numbers) }
        )
    }

    private static func bytes(using numbers: inout SeededNumbers) -> ByteBuffer {
        ByteBuffer(
            bytes: (0..<Int.random(in: 0...200, using: &numbers)).map { _ in
                UInt8.random(in: 0...255, using: &numbers)
            })
    }
}
