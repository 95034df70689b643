import Foundation
import Logging
import Operations
import Synchronization
import Testing

@Suite("Logs (G1)")
struct LogTests {
    /// Lines that a logger wrote.
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
        func logger(_ form: LineLogHandler.Form, level: Logger.Level = .info) -> Logger {
            Logger(label: "worker") { label in
                LineLogHandler(label: label, level: level, form: form) { line in self.all.withLock { $0.append(line) } }
            }
        }
        var last: String { all.withLock { $0.last ?? "" } }
    }

    @Test("a JSON line carries time, level, message, logger, and job and request ids under their own names")
    func json() throws {
        let lines = Lines()
        var logger = lines.logger(.json)
        logger[metadataKey: "job"] = "job_1"
        logger.warning("disk is \"full\"\n\u{1}", metadata: ["request": "req_2", "list": ["a", "b"]])
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(lines.last.utf8)) as? [String: Any])
        #expect(object["level"] as? String == "warning")
        #expect(object["message"] as? String == "disk is \"full\"\n\u{1}")
        #expect(object["logger"] as? String == "worker")
        #expect(object["job"] as? String == "job_1")
        #expect(object["request"] as? String == "req_2")
        #expect(object["list"] as? [String] == ["a", "b"])
        #expect(object["time"] is String)
        #expect(lines.last.count { $0 == "\n" } == 1)
    }

    @Test("metadata cannot take the place of the message")
    func reservedNames() throws {
        let lines = Lines()
        lines.logger(.json).info("real", metadata: ["message": "false", "level": "false"])
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(lines.last.utf8)) as? [String: String])
        #expect(object["message"] == "real")
        #expect(object["_message"] == "false")
        #expect(object["level"] == "info")
    }

    @Test("a text line stays one line, and quotes values with blanks")
    func text() {
        let lines = Lines()
        lines.logger(.text).info("one\ntwo", metadata: ["path": "/a b", "n": "1"])
        #expect(lines.last.hasSuffix("info     one\\ntwo n=1 path=\"/a b\"\n"))
    }

    @Test("messages below the level are not written")
    func level() {
        let lines = Lines()
        lines.logger(.json, level: .error).warning("quiet")
        #expect(lines.last.isEmpty)
    }
}
