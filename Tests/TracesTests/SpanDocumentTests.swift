import Foundation
import Testing
import Tracing

@testable import Traces

@Suite("G1: spans in the JSON of OTLP")
struct SpanDocumentTests {
    private func written(_ change: (RecordedSpan) -> Void) throws -> [String: Any] {
        let queue = SpanQueue()
        let tracer = SpanTracer(queue: queue, ratio: SampleRatio(1))
        let span = tracer.startSpan(
            "POST /api/v1/jobs", .producer, traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        change(span)
        span.end()
        let source = SpanSource(version: "1.2", instance: "node/7", host: "machine", process: 7)
        let bytes = SpanDocument(source: source).bytes(of: queue.oldest(9))
        let request = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        let resources = try #require(request["resourceSpans"] as? [[String: Any]])
        let resource = try #require(resources[0]["resource"] as? [String: Any])
        #expect(try Self.attributes(resource)["service.instance.id"] as? [String: String] == ["stringValue": "node/7"])
        let scopes = try #require(resources[0]["scopeSpans"] as? [[String: Any]])
        return try #require((scopes[0]["spans"] as? [[String: Any]])?.first)
    }

    private static func attributes(_ holder: [String: Any]) throws -> [String: Any] {
        let list = holder["attributes"] as? [[String: Any]] ?? []
        return Dictionary(uniqueKeysWithValues: try list.map { (try #require($0["key"] as? String), $0["value"] ?? 0) })
    }

    @Test("ids are hexadecimal, times are texts of nanoseconds, kinds and states are numbers")
    func members() throws {
        let span = try written { span in
            span.setStatus(SpanStatus(code: .error, message: "why"))
            span.addEvent(SpanEvent(name: "seen", attributes: ["count": 2]))
        }
        #expect(span["traceId"] as? String == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect((span["spanId"] as? String)?.wholeMatch(of: /[0-9a-f]{16}/) != nil)
        #expect(span["parentSpanId"] as? String == "00f067aa0ba902b7")
        #expect(span["kind"] as? Int == 4 && span["flags"] as? Int == 1)
        let start = try #require((span["startTimeUnixNano"] as? String).flatMap { UInt64($0) })
        let end = try #require((span["endTimeUnixNano"] as? String).flatMap { UInt64($0) })
        #expect(start <= end && start > 1_600_000_000_000_000_000)
        let status = try #require(span["status"] as? [String: Any])
        #expect(status["code"] as? Int == 2 && status["message"] as? String == "why")
        let event = try #require((span["events"] as? [[String: Any]])?.first)
        #expect(event["name"] as? String == "seen" && event["timeUnixNano"] is String)
        #expect(try Self.attributes(event)["count"] as? [String: String] == ["intValue": "2"])
    }

    @Test("values of every type are written as Protocol Buffers read them")
    func values() throws {
        let text = "quote \" slash \\ feed \n null \u{0} 日本 \u{1F600}"
        let attributes = try Self.attributes(
            try written { span in
                span.add([
                    "text": .string(text), "whole": .int64(.max), "small": .int32(-1), "real": .double(1.5),
                    "endless": .double(.infinity), "none": .double(.nan), "flag": .bool(true),
                    "texts": .stringArray(["a", "b"]),
                    "other": .stringConvertible(Duration.seconds(1)),
                ])
            })
        #expect(attributes["text"] as? [String: String] == ["stringValue": text])
        #expect(attributes["whole"] as? [String: String] == ["intValue": "9223372036854775807"])
        #expect(attributes["small"] as? [String: String] == ["intValue": "-1"])
        #expect(attributes["real"] as? [String: Double] == ["doubleValue": 1.5])
        #expect(attributes["endless"] as? [String: String] == ["stringValue": "inf"])
        #expect(attributes["none"] as? [String: String] == ["stringValue": "nan"])
        #expect(attributes["flag"] as? [String: Bool] == ["boolValue": true])
        #expect((attributes["texts"] as? [String: String])?["stringValue"]?.contains("b") == true)
        #expect(attributes["other"] as? [String: String] == ["stringValue": "\(Duration.seconds(1))"])
    }

    @Test("what is too much is cut or counted, and never within a character")
    func bounds() throws {
        let span = try written { span in
            span.add(["long": .string(String(repeating: "é", count: 5_000))])
            for number in 0..<100 { span.add(["a\(number)": "x"]) }
            for number in 0..<40 { span.addEvent(SpanEvent(name: "\(number)")) }
        }
        let attributes = try Self.attributes(span)
        #expect(attributes.count == 64 && span["droppedAttributesCount"] as? Int == 37)
        #expect((span["events"] as? [Any])?.count == 32 && span["droppedEventsCount"] as? Int == 8)
        let odd = try written { $0.operationName = "x" + String(repeating: "é", count: 5_000) }
        #expect(odd["name"] as? String == "x" + String(repeating: "é", count: 511) + "…")
    }
}
