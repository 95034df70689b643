import Foundation
import Testing

@testable import WebSocketServer

@Suite("C2: the Autobahn cases")
struct AutobahnTests {
    @Test("a client that others wrote finds no fault with the protocol: kosoku")
    func kosoku() async throws {
        try await TestServer.with(.init(messageLimit: 16_777_216)) { server in
            let judge = Process()
            judge.executableURL = URL(filePath: #filePath).deletingLastPathComponent()
                .appending(path: "../../scripts/check-websocket")
            judge.arguments = ["127.0.0.1:\(server.port)"]
            try judge.run()
            try await eventually("kosoku ends", within: .seconds(600)) { !judge.isRunning }
            #expect(judge.terminationStatus == 0)
        }
    }
}
