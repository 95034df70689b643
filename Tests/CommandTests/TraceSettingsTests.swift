import Foundation
import Model
import Testing

@testable import suisha

@Suite("G1: where spans go")
struct TraceSettingsTests {
    private func traces(_ environment: [String: String]) throws -> ServerSettings.Traces? {
        try ServerSettings(EffectiveSettings(environment: environment)).traces
    }

    @Test("without an address nothing is traced, also not by the variables of others")
    func off() throws {
        #expect(try traces(["OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"]) == nil)
        #expect(try traces(["SUISHA_TRACES_SAMPLE_RATIO": "0.5"]) == nil)
    }

    @Test(
        "the path of OTLP is put behind the address, once",
        arguments: [
            ("http://localhost:4318", "http://localhost:4318/v1/traces"),
            ("https://otel.example/tenant/", "https://otel.example/tenant/v1/traces"),
            ("http://localhost:4318/v1/traces", "http://localhost:4318/v1/traces"),
        ])
    func address(given: String, url: String) throws {
        #expect(try traces(["SUISHA_TRACES_ENDPOINT": given])?.url.absoluteString == url)
    }

    @Test("headers are read, and what is none is refused without being shown")
    func headers() throws {
        let endpoint = ["SUISHA_TRACES_ENDPOINT": "http://localhost:4318"]
        let given = ["SUISHA_TRACES_HEADERS": "Authorization=Basic aHVudGVyMg==, X-Tenant = 7,"]
        let headers = try #require(try traces(endpoint.merging(given) { $1 })?.headers)
        #expect(headers.map(\.name) == ["Authorization", "X-Tenant"])
        #expect(headers.map(\.value.revealed) == ["Basic aHVudGVyMg==", "7"])
        for wrong in ["hunter2", "a b=hunter2", "=hunter2", "X=hunter2\r\nY: 1"] {
            let error = #expect(throws: SettingError.self) {
                try traces(endpoint.merging(["SUISHA_TRACES_HEADERS": wrong]) { $1 })
            }
            let text = error.map { "\($0)" } ?? ""
            #expect(text.contains("SUISHA_TRACES_HEADERS must be headers") && !text.contains("hunter2"))
        }
    }

    @Test("a share is a number from 0 to 1", arguments: ["-0.1", "1.1", "nan", "half", "10%"])
    func shares(text: String) {
        let error = #expect(throws: SettingError.self) {
            try traces(["SUISHA_TRACES_ENDPOINT": "http://localhost:4318", "SUISHA_TRACES_SAMPLE_RATIO": text])
        }
        #expect(error.map { "\($0)" }?.contains("must be a number from 0 to 1") == true)
    }
}
