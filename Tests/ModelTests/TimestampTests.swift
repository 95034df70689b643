import Model
import Testing

@Suite("Moments as text")
struct TimestampTests {
    @Test("every millisecond is written as it is and read back")
    func roundTrip() {
        for year in [0, 978_307_200, 1_774_000_000, 4_102_444_800] as [Int64] {
            for millisecond in 0..<1_000 as Range<Int64> {
                let moment = Timestamp(microseconds: (year * 1_000 + millisecond) * 1_000)
                let digits = String(1_000 + millisecond).dropFirst()
                #expect(moment.description.hasSuffix(".\(digits)Z"))
                #expect(Timestamp(moment.description) == moment)
            }
        }
    }

    @Test("what is finer than a millisecond is cut off")
    func finer() {
        #expect(Timestamp(microseconds: 1_774_000_000_123_999).description.hasSuffix(".123Z"))
    }
}
