import Foundation
import Model
import Testing

/// `Fixtures/expected_ticks.py` wrote what another program, cronsim, makes of 2,000 random expressions.
@Suite("ticks agree with cronsim")
struct CronDifferenceTests {
    @Test("2,000 random expressions in 16 zones, half of them near a clock change")
    func agrees() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/expected-ticks.txt")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 2_000)
        for line in lines {
            let parts = line.split(separator: ";", omittingEmptySubsequences: false)
            let zone = try #require(TimeZone(identifier: String(parts[1])), "\(parts[1])")
            let start = Timestamp(microseconds: try #require(Int64(parts[2])) * 60_000_000)
            let expected = parts[3].split(separator: ",").compactMap { Int64($0) }
            let found = ticks(
                of: try CronExpression(parsing: String(parts[0])), after: start, in: zone, count: expected.count)
            let moments = [start] + found
            let steps = zip(moments, found).map { ($1 - $0).microseconds / 60_000_000 }
            #expect(steps == expected, "\(line)")
        }
    }
}
