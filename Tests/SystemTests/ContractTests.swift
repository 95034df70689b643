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

        @Test("a Python client that others generate from the document submits a job and reads it")
        func generatedClient() async throws {
            try await Installation.with { installation in
                let (_, api) = try await installation.server(roles: "api")
                let check = Process()
                check.executableURL = SuishaProcess.project.appending(path: "scripts/check-client")
                check.arguments = [api.url.absoluteString, api.token]
                try check.run()
                let status = try await eventually("the client is done", within: .seconds(300)) {
                    check.isRunning ? nil : check.terminationStatus
                }
                #expect(status == 0)
            }
        }

        @Test("the API takes what its document promises, refuses the rest, and never fails: schemathesis, all checks")
        func schemathesis() async throws {
            let judge = Process()
            judge.executableURL = SuishaProcess.project.appending(path: "scripts/check-api")
            judge.environment = ProcessInfo.processInfo.environment.merging([
                "SUISHA": SuishaProcess.products.appending(path: "suisha").path, "EXAMPLES": "10", "SEED": "1",
            ]) { $1 }
            try judge.run()
            let status = try await eventually("schemathesis ends", within: .seconds(600)) {
                judge.isRunning ? nil : judge.terminationStatus
            }
            #expect(status == 0)
        }
    }
}
