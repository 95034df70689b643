import Conformance
import Testing

@Suite("job store")
struct JobStoreTests {
    @Test("keeps the promises of the job engine", arguments: StoreFixture.all, JobStoreBehaviour.all)
    func conforms(fixture: StoreFixture, behaviour: JobStoreBehaviour) async throws {
        try await behaviour.check(fixture)
    }
}
