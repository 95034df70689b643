import Storage
import Testing

@testable import suisha

@Suite("The tables of the program (F1)")
struct MigrationTests {
    @Test("migrations of all parts run in the order of their numbers, which are each one's own and have no gaps")
    func numbers() {
        let numbers = Server.migrations.map(\.number)
        #expect(numbers == Array(1...numbers.count))
    }
}
