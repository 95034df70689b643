import Foundation
import Testing

@testable import Model

@Suite("Ids")
struct IdentifierTests {
    @Test("ids that are made one after the other sort in that order, by value and by text")
    func order() {
        let ids = (0..<10_000).map { _ in JobID() }
        #expect(ids == ids.sorted())
        #expect(ids.map(\.description) == ids.map(\.description).sorted())
        #expect(Set(ids).count == ids.count)
    }

    @Test("a clock that is set back and a millisecond that is full give greater ids all the same")
    func clock() {
        var sequence = IdentifierSequence()
        var random = SystemRandomNumberGenerator()
        let times: [Int64] = [1_000_000, 2_000_000, 1_500_000, 2_000_000, 2_001_000]
        let ids = times.map { JobID(uuid: sequence.next(at: .init(microseconds: $0), using: &random)) }
        #expect(ids == ids.sorted() && Set(ids).count == 5)
    }

    @Test("an id carries its version, its variant and its time")
    func form() {
        var sequence = IdentifierSequence()
        var random = SystemRandomNumberGenerator()
        let id = JobID(uuid: sequence.next(at: .init(microseconds: 0x0193_F0A1_C2D3 * 1_000), using: &random))
        #expect(id.sql.hasPrefix("0193f0a1-c2d3-7"))
        #expect("89ab".contains(id.sql[id.sql.index(id.sql.startIndex, offsetBy: 19)]))
        #expect(id.sql == id.uuid.uuidString.lowercased())
    }

    @Test("both forms are read back, and nothing else")
    func reading() {
        let id = WorkspaceID()
        #expect(WorkspaceID(id.description) == id)
        #expect(WorkspaceID(sql: id.sql) == id)
        let digits = String(repeating: "a", count: 32)
        for text in ["", "ws_", "job_" + digits, "ws_" + digits + "a", "ws_" + digits.uppercased(), "ws_-" + digits] {
            #expect(WorkspaceID(text) == nil, "\(text)")
        }
        #expect(WorkspaceID("ws_" + digits) != nil)
        for text in [digits, id.sql + "0", String(id.sql.dropLast()), id.sql.replacing("-", with: "_")] {
            #expect(WorkspaceID(sql: text) == nil, "\(text)")
        }
    }
}
