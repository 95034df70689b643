import Foundation
import Testing

@testable import Live

/// docs/live.md.
func documentation() throws -> String {
    // Tests/LiveTests/DocumentTests.swift → the root.
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    return try String(contentsOf: root.appending(path: "docs/live.md"), encoding: .utf8)
}

@Suite("C2: docs/live.md")
struct DocumentTests {
    private let page: String

    init() throws {
        page = try documentation()
    }

    @Test("it ends with the messages as they are declared")
    func messages() throws {
        #expect(page.hasSuffix(try LiveMessage.markdown), "run: make docs")
    }

    @Test("it has every close code and the bounds as they are")
    func bounds() {
        for close in LiveClose.all { #expect(page.contains("| \(close.code) | \(close.reason)"), "\(close)") }
        #expect(
            page.contains("(\(StreamState.capacity) events, or \(StreamState.byteCapacity / 1_048_576) MiB of them)"))
        #expect(page.contains("| subscriptions of a connection | \(LiveSession.maximumSubscriptions) |"))
        #expect(page.contains("kept for \(LiveHub.linger.components.seconds) s"))
        #expect(page.contains("taking nothing for \(LiveSession.patience.components.seconds) s"))
    }
}
