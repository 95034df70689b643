import Storage
import Tenancy
import Testing

@Suite("The tables of tenants (F1)")
struct MigrationTests {
    @Test("migrations follow those of the jobs without gaps")
    func numbers() {
        let numbers = (Migration.all + TenancyMigrations.all).map(\.number)
        #expect(numbers == Array(1...numbers.count))
    }
}
