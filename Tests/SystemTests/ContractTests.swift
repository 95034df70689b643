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

        @Test("a Python client that others generate signs in, makes a workspace, submits a job and reads it")
        func generatedClient() async throws {
            try await Installation.with { installation in
                let (_, api) = try await installation.server(roles: "api")
                _ = try await installation.owner(at: api.url)
                let check = Process()
                check.executableURL = SuishaProcess.project.appending(path: "scripts/check-client")
                check.arguments = [api.url.absoluteString, api.token]
                check.environment = ProcessInfo.processInfo.environment.merging([
                    "EMAIL": "owner@example.com", "PASSWORD": "a long enough password",
                ]) { $1 }
                try check.run()
                let status = try await eventually("the client is done", within: .seconds(300)) {
                    check.isRunning ? nil : check.terminationStatus
                }
                #expect(status == 0)
            }
        }

        @Test("the API takes what its document promises, refuses the rest, and never fails: schemathesis, all checks")
        func schemathesis() async throws {
            let settings = ["EXAMPLES": "10", "SEED": "1"]
            #expect(try await Self.judge("check-api", [], settings, within: .seconds(900)) == 0)
        }

        @Test("PyJWT and joserfc verify tokens and forge none, oidc-provider-mock signs in, standardwebhooks verifies")
        func identity() async throws {
            #expect(try await Self.judge("check-identity", [], [:], within: .seconds(300)) == 0)
        }

        /// Runs a script that starts a server of its own.
        private static func judge(
            _ script: String, _ arguments: [String], _ environment: [String: String], within limit: Duration
        ) async throws -> Int32 {
            let judge = Process()
            judge.executableURL = SuishaProcess.project.appending(path: "scripts/\(script)")
            judge.arguments = arguments
            let program = ["SUISHA": SuishaProcess.products.appending(path: "suisha").path]
            judge.environment = ProcessInfo.processInfo.environment.merging(program) { $1 }.merging(environment) { $1 }
            try judge.run()
            return try await eventually("\(script) ends", within: limit) {
                judge.isRunning ? nil : judge.terminationStatus
            }
        }
    }
}
