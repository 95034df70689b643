import Foundation
import Model
import Testing

@Suite("any text as a cron expression")
struct CronFuzzTests {
    @Test("is read, or refused with a place inside of it; what is read is strictly increasing")
    func random() throws {
        var random = SplitMix(state: 20_261_121)
        let sound = ["*", "?", "5", "7", "1-3", "*/4", "1,6"]
        let odd = [
            "/", "-", ",", " ", "\t", "0", "31", "59", "60", "999999", "MON", "jan", "@", "@every ", "@daily", "1h",
            "30m",
            "L", "#", "é", "日", "\u{200B}", "\u{0}", "👩‍👩‍👧", "=",
        ]
        let zone = try #require(TimeZone(identifier: "Australia/Lord_Howe"))
        var read = 0
        for _ in 0..<6_000 {
            // Most texts have five fields and little that is odd, so that many can be read.
            let oddness = Double.random(in: 0...0.6, using: &random)
            let fields = (0..<(Bool.random(using: &random) ? 5 : Int.random(in: 0...7, using: &random))).map { _ in
                guard Double.random(in: 0...1, using: &random) < oddness else {
                    return sound.randomElement(using: &random)
                }
                return odd.randomElement(using: &random).map { $0 + (sound.randomElement(using: &random) ?? "") }
            }
            let text = fields.compactMap(\.self).joined(separator: " ")
            do {
                let expression = try CronExpression(parsing: text)
                read += 1
                #expect(try CronExpression(parsing: expression.text) == expression)
                let found = ticks(
                    of: expression, after: Timestamp(microseconds: 1_790_000_000_000_000), in: zone, count: 3)
                #expect(zip(found, found.dropFirst()).allSatisfy { $0 < $1 })
            } catch let error as CronSyntaxError {
                #expect((1...max(text.count, 1)).contains(error.position), "\(text)")
                #expect(error.message.contains("Allowed: "))
            }
        }
        #expect(read > 100)
    }
}
