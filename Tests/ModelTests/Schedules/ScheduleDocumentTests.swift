import Foundation
import Model
import Testing

@Suite("docs/schedules.md")
struct ScheduleDocumentTests {
    private func document() throws -> String {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../docs/schedules.md")
        return try String(contentsOf: file, encoding: .utf8)
    }

    /// The cells of all rows of tables that have so many columns.
    private func rows(columns: Int) throws -> [[String]] {
        try document().split(separator: "\n").filter { $0.hasPrefix("| ") }.compactMap { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            return cells.count == columns ? cells : nil
        }
    }

    @Test("the table of clock changes says what the code does")
    func clockChanges() throws {
        let rows = try rows(columns: 4).dropFirst()
        #expect(rows.count >= 10)
        for row in rows {
            let zone = try #require(TimeZone(identifier: row[1]))
            let expression = try CronExpression(parsing: row[0].replacing("`", with: ""))
            let found = ticks(of: expression, after: try #require(Timestamp(row[2])), in: zone, count: 2)
            #expect(found.map { formatted($0, in: zone) }.joined(separator: ", ") == row[3], "\(row[0]) in \(row[1])")
        }
    }

    @Test("macros mean the fields that the document names")
    func macros() throws {
        let rows = try rows(columns: 2).filter { $0[0].hasPrefix("`@") && $0[1].hasPrefix("`") }
        #expect(rows.count == 5)
        for row in rows {
            for name in row[0].replacing("`", with: "").split(separator: ", ") {
                let start = Timestamp(microseconds: 1_790_000_000_000_000)
                let left = ticks(of: try .init(parsing: String(name)), after: start, in: .gmt, count: 30)
                let right = ticks(
                    of: try .init(parsing: row[1].replacing("`", with: "")), after: start, in: .gmt, count: 30)
                #expect(left == right, "\(name)")
            }
        }
    }

    @Test("the error is the one that the document shows")
    func message() throws {
        let error = #expect(throws: CronSyntaxError.self) { try CronExpression(parsing: "0 25 * * *") }
        #expect(try document().replacing("\n", with: " ").contains(error?.message ?? "nothing"))
    }
}
