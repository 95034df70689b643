import Testing

@testable import Traces

@Suite("G1: ids of spans")
struct RandomNumbersTests {
    @Test("numbers do not repeat, and each of their bits is set half of the time")
    func spread() {
        let numbers = RandomNumbers()
        let drawn = (0..<20_000).map { _ in numbers.next() }
        #expect(Set(drawn).count == drawn.count)
        for bit in 0..<64 {
            let share = Double(drawn.count { $0 >> UInt64(bit) & 1 == 1 }) / Double(drawn.count)
            #expect(abs(share - 0.5) < 0.03, "bit \(bit): \(share)")
        }
        #expect(Set(drawn).isDisjoint(with: (0..<1_000).map { _ in RandomNumbers().next() }))
    }
}
