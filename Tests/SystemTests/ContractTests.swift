import Conformance
import Foundation
import Testing

extension SystemTests {
    /// What the server says about itself, in the eyes of programs that others wrote.
    @Suite("C1: the contract")
    struct Contract {
        @Test("the OpenAPI document passes an outside validator")
        func openAPI() async throws {
            try await Installation.with { installation in
                let (_, api) = try await installation.server(roles: "api")
                let file = installation.folder.appending(path: "openapi.json")
                try await api.send("GET", "/api/v1/openapi.json").body.write(to: file)
                let validator = Process()
                validator.executableURL = SuishaProcess.project.appending(path: "scripts/check-openapi")
                validator.arguments = [file.path]
                try validator.run()
                let status = try await eventually("the validator ends", within: .seconds(300)) {
                    validator.isRunning ? nil : validator.terminationStatus
                }
                #expect(status == 0)
            }
        }
    }
}
