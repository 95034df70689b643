import Foundation
import Model
import Testing

@Suite("cron expressions (A3)")
struct CronSyntaxTests {
    @Test(
        "what cron users write is read",
        arguments: [
            "* * * * *", "*/15 9-17 * * MON-FRI", "0 0 1,15 * *", "5/20 * * * *", "0 22 * * SAT-SUN", "0 0 ? * 7",
            "  30\t4  1 JAN,jul 0-7  ", "0-59/7,3 */2 * feb-APR/2 sun", "@daily", "@MIDNIGHT", "@every 1h30m",
            "@every 90s",
        ])
    func reads(text: String) throws {
        #expect(try CronExpression(parsing: text).next(after: .init(microseconds: 0), in: .gmt) != nil)
    }

    @Test(
        "two ways to write the same rhythm give the same ticks",
        arguments: [
            ("@hourly", "0 * * * *"), ("@daily", "0 0 * * *"), ("@weekly", "0 0 * * SUN"), ("@monthly", "0 0 1 * *"),
            ("@yearly", "0 0 1 1 *"), ("@annually", "0 0 1 JAN ?"), ("0 0 * * 0", "0 0 * * 7"),
            ("0 0 * * FRI-SUN", "0 0 * * 5,6,0"), ("5/20 * * * *", "5,25,45 * * * *"), ("0 0 * * *", "0 0 */1 * */1"),
            ("@every 1m", "* * * * *"), ("@every 1d", "0 0 * * *"),
        ])
    func equivalent(left: String, right: String) throws {
        let start = try #require(Timestamp("2026-02-27T23:59:30Z"))
        let (left, right) = (try CronExpression(parsing: left), try CronExpression(parsing: right))
        #expect(
            ticks(of: left, after: start, in: .gmt, count: 40) == ticks(of: right, after: start, in: .gmt, count: 40))
    }

    struct Mistake: Sendable {
        var expression: String
        var field: CronField?
        var text: String
        var position: Int
        var says: String
    }

    @Test(
        "a mistake is named with its field, its place and what is allowed",
        arguments: [
            Mistake(expression: "0 25 * * *", field: .hour, text: "25", position: 3, says: "25 lies outside of 0-23"),
            Mistake(expression: "60 * * * *", field: .minute, text: "60", position: 1, says: "outside of 0-59"),
            Mistake(expression: "0 0 0 * *", field: .day, text: "0", position: 5, says: "outside of 1-31"),
            Mistake(expression: "0 0 1 13 *", field: .month, text: "13", position: 7, says: "JAN-DEC"),
            Mistake(expression: "0  0 * * FREITAG", field: .weekday, text: "FREITAG", position: 10, says: "SUN-SAT"),
            Mistake(expression: "0 0 * * 1,8", field: .weekday, text: "8", position: 11, says: "outside of 0-7"),
            Mistake(expression: "0 17-9 * * *", field: .hour, text: "17-9", position: 3, says: "backwards"),
            Mistake(expression: "*/0 * * * *", field: .minute, text: "0", position: 3, says: "above 0"),
            Mistake(expression: "*/90 * * * *", field: .minute, text: "90", position: 3, says: "@every 90m"),
            Mistake(expression: "*/ * * * *", field: .minute, text: "*/", position: 1, says: "step"),
            Mistake(expression: "1,,2 * * * *", field: .minute, text: "1,,2", position: 1, says: "empty place"),
            Mistake(expression: "0 3- * * *", field: .hour, text: "3-", position: 3, says: "incomplete"),
            Mistake(expression: "0 0 L * *", field: .day, text: "L", position: 5, says: "'L' is no day of month"),
            Mistake(expression: "+5 0 * * *", field: .minute, text: "+5", position: 1, says: "'+5' is no minute"),
            Mistake(expression: "５ 0 * * *", field: .minute, text: "５", position: 1, says: "is no minute"),
            Mistake(expression: "0 0 * * MON#2", field: .weekday, text: "MON#2", position: 9, says: "is no weekday"),
            Mistake(
                expression: "99999999999999999999 0 * * *", field: .minute, text: "99999999999999999999", position: 1,
                says: "0-59"),
            Mistake(expression: "", field: nil, text: "", position: 1, says: "it is empty"),
            Mistake(expression: "0 0 * *", field: nil, text: "0", position: 1, says: "4 fields, not five"),
            Mistake(expression: "*/30 * * * * *", field: nil, text: "*/30", position: 1, says: "@every 30s"),
            Mistake(
                expression: "CRON_TZ=UTC 0 0 * * *", field: nil, text: "CRON_TZ=UTC", position: 1, says: "time zone"),
            Mistake(expression: "@reboot", field: nil, text: "@reboot", position: 1, says: "there is no '@reboot'"),
            Mistake(expression: "@daily 5", field: nil, text: "5", position: 8, says: "nothing may follow"),
            Mistake(expression: "@every", field: nil, text: "@every", position: 1, says: "needs one interval"),
            Mistake(expression: "@every 15", field: nil, text: "15", position: 8, says: "such as 15m"),
            Mistake(expression: "@every 0s", field: nil, text: "0s", position: 8, says: "too short"),
            Mistake(expression: "@every 400d", field: nil, text: "400d", position: 8, says: "too long"),
            Mistake(expression: "@every 1h-5m", field: nil, text: "1h-5m", position: 8, says: "no interval"),
        ])
    func refuses(mistake: Mistake) {
        let error = #expect(throws: CronSyntaxError.self) { try CronExpression(parsing: mistake.expression) }
        #expect(error?.field == mistake.field)
        #expect(error?.text == mistake.text)
        #expect(error?.position == mistake.position)
        #expect(error?.message.contains(mistake.says) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("Allowed: ") == true)
    }

    @Test("an endless text is refused without being echoed")
    func refusesLongText() {
        let error = #expect(throws: CronSyntaxError.self) {
            try CronExpression(parsing: String(repeating: "1,", count: 100_000) + "1 * * * *")
        }
        #expect((error?.message.count ?? 0) < 500)
    }

    @Test("an expression goes through JSON as its text")
    func codable() throws {
        let expression = try CronExpression(parsing: " 0 9\t *\n * MON ")
        #expect(expression.description == "0 9 * * MON")
        #expect(try JSONText(encoding: [expression]).decode([CronExpression].self) == [expression])
        #expect(throws: DecodingError.self) { try JSONText(trusted: #"["61 * * * *"]"#).decode([CronExpression].self) }
    }
}
