import Foundation
import Model
import Testing

@testable import Operations

@Suite("How many people call (G2)")
struct DistinctCountTests {
    private func seen(_ numbers: Range<Int>) -> DistinctCount {
        numbers.reduce(into: DistinctCount()) { $0.insert("user_\($1)") }
    }

    @Test("the estimate is near, whatever the number", arguments: [0, 1, 2, 10, 100, 1_000, 20_000, 200_000])
    func estimate(count: Int) {
        let estimate = seen(0..<count).estimate
        // Three standard errors; a few are nearly exact.
        #expect(abs(estimate - Double(count)) <= max(0.6, Double(count) * 0.1), "\(estimate)")
    }

    @Test("nobody is counted twice, over time or over nodes")
    func union() {
        var united = seen(0..<600)
        united.merge(seen(400..<1_000))
        #expect(united == seen(0..<1_000))
        united.merge(united)
        #expect(united == seen(0..<1_000))
    }

    @Test("it is the same after it was stored")
    func stored() throws {
        let count = seen(0..<5_000)
        let data = try JSONEncoder().encode(count)
        #expect(try JSONDecoder().decode(DistinctCount.self, from: data) == count)
        #expect(data.count < 7_000)
        let odd = try JSONDecoder().decode(DistinctCount.self, from: Data("[-5, 0, 64, 65, 99999999]".utf8))
        #expect(odd.registers == [1: 1])
    }

    @Test("somebody counts for five minutes after a call, and nobody's name is needed")
    func window() {
        let users = ActiveUsers()
        let start = ContinuousClock.now
        let people = (0..<20).map { _ in Principal.Actor.user(UserID()) }
        for person in people { users.note(person, at: start) }
        users.note(people[0], at: start + .seconds(120))
        users.note(.serverToken, at: start + .seconds(120))
        users.note(.anonymous, at: start + .seconds(120))
        func count(_ seconds: Int) -> Int { Int(users.seen(at: start + .seconds(seconds)).estimate.rounded()) }
        // Of random names a few fall into one register.
        #expect((17...22).contains(count(121)))
        #expect((17...22).contains(count(299)))
        #expect((1...2).contains(count(400)))
        #expect(count(500) == 0)
    }
}
