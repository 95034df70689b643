import Testing

@testable import Traces

@Suite("G1: traces as W3C Trace Context hands them on")
struct TraceContextTests {
    private static let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test("a traceparent is read and written as it was", arguments: ["01", "00", "03"])
    func roundTrip(flags: String) throws {
        let text = Self.good.dropLast(2) + flags
        let trace = try #require(TraceContext(traceparent: String(text)))
        #expect(trace.traceID.description == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(trace.spanID.description == "00f067aa0ba902b7")
        #expect(trace.isSampled == (flags != "00") && trace.traceparent == text)
    }

    @Test("a later version is read for what it has of this one")
    func laterVersion() throws {
        for text in ["cc" + Self.good.dropFirst(2), "01" + Self.good.dropFirst(2) + "-what-the-future-brings"] {
            #expect(TraceContext(traceparent: text)?.traceparent == Self.good)
        }
    }

    @Test(
        "what the recommendation says to ignore is ignored",
        arguments: [
            "", "00-0-0-01", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", good + "-00", good + " ", good + ", " + good,
            "0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-+1",
            "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
            "01" + good.dropFirst(2) + "x", "01" + good.dropFirst(2) + "-" + String(repeating: "x", count: 600),
            "00-4bf92f3577b34da6a3ce929d0e0e47é-00f067aa0ba902b7-01",
        ])
    func ignored(text: String) {
        #expect(TraceContext(traceparent: text) == nil)
    }

    @Test("ids of zeros are none")
    func zeros() {
        #expect(TraceID(high: 0, low: 0) == nil && SpanID(0) == nil)
        #expect(TraceID(high: 0, low: 1)?.description == String(repeating: "0", count: 31) + "1")
    }

    @Test("a share of the traces is recorded, by their ids alone")
    func share() throws {
        var random = SystemRandomNumberGenerator()
        let ids = (0..<20_000).compactMap { _ in TraceID(high: random.next(), low: random.next()) }
        for share in [0, 0.1, 0.5, 1] {
            let admitted = ids.filter(SampleRatio(share).admits)
            #expect(abs(Double(admitted.count) / Double(ids.count) - share) < 0.02)
            // A program with a larger share records every one of them.
            #expect(admitted.allSatisfy(SampleRatio(min(1, share * 2)).admits))
        }
        #expect(ids.allSatisfy(SampleRatio(7).admits) && !ids.contains(where: SampleRatio(-1).admits))
    }
}
