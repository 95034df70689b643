import Conformance
import Testing

@Suite("job store")
struct JobStoreTests {
    @Test("keeps the promises of the job engine", arguments: DatabaseFixture.all, JobStoreBehaviour.all)
    func conforms(fixture: DatabaseFixture, behaviour: JobStoreBehaviour) async throws {
        try await behaviour.check(fixture)
    }
}
