import Tracing

/// Spans as a request of OTLP in its JSON encoding: ids in hexadecimal, times and whole numbers as texts, enumerations as numbers.
struct SpanDocument: Sendable {
    let source: SpanSource

    func bytes(of spans: [SpanRecord]) -> [UInt8] {
        var json = JSONBytes(capacity: spans.count * 800 + 1_024)
        json.object { json in
            json.name("resourceSpans")
            json.array(CollectionOfOne(spans)) { json, spans in
                json.object { json in
                    json.name("resource")
                    json.object { attributes(Self.list(source.attributes), &$0) }
                    json.name("scopeSpans")
                    json.array(CollectionOfOne(spans)) { json, spans in
                        json.object { scope(spans, &$0) }
                    }
                }
            }
        }
        return json.bytes
    }

    private func scope(_ spans: [SpanRecord], _ json: inout JSONBytes) {
        json.name("scope")
        json.object { json in
            json.name("name")
            json.string("suisha")
            json.name("version")
            json.string(source.version)
        }
        json.name("spans")
        json.array(spans) { json, span in json.object { write(span, &$0) } }
    }

    private func write(_ span: SpanRecord, _ json: inout JSONBytes) {
        json.name("traceId")
        json.string(span.trace.traceID.description)
        json.name("spanId")
        json.string(span.trace.spanID.description)
        if let parent = span.parent {
            json.name("parentSpanId")
            json.string(parent.description)
        }
        // Bit 0 is that of the traceparent.
        json.name("flags")
        json.literal("1")
        json.name("name")
        json.string(span.name, longest: SpanRecord.longestText)
        json.name("kind")
        json.literal(Self.number(of: span.kind))
        time("startTimeUnixNano", span.start, &json)
        time("endTimeUnixNano", span.end, &json)
        attributes(span.attributes, &json)
        dropped("droppedAttributesCount", span.droppedAttributes, &json)
        if !span.events.isEmpty {
            json.name("events")
            json.array(span.events) { json, event in
                json.object { json in
                    time("timeUnixNano", event.nanosecondsSinceEpoch, &json)
                    json.name("name")
                    json.string(event.name, longest: SpanRecord.longestText)
                    attributes(Self.list(event.attributes), &json)
                }
            }
        }
        dropped("droppedEventsCount", span.droppedEvents, &json)
        if let status = span.status { write(status, &json) }
    }

    private func time(_ name: StaticString, _ nanoseconds: UInt64, _ json: inout JSONBytes) {
        json.name(name)
        json.string(String(nanoseconds))
    }

    private func dropped(_ name: StaticString, _ count: Int, _ json: inout JSONBytes) {
        guard count > 0 else { return }
        json.name(name)
        json.literal(String(count))
    }

    private func write(_ status: SpanStatus, _ json: inout JSONBytes) {
        json.name("status")
        json.object { json in
            json.name("code")
            json.literal(status.code == .ok ? "1" : "2")
            guard let message = status.message else { return }
            json.name("message")
            json.string(message, longest: SpanRecord.longestText)
        }
    }

    // MARK: Attributes

    private func attributes(_ attributes: [(name: String, value: SpanAttribute)], _ json: inout JSONBytes) {
        guard !attributes.isEmpty else { return }
        json.name("attributes")
        json.array(attributes) { json, attribute in
            json.object { json in
                json.name("key")
                json.string(attribute.name, longest: SpanRecord.longestText)
                json.name("value")
                json.object { write(attribute.value, &$0) }
            }
        }
    }

    private static func list(_ attributes: SpanAttributes) -> [(name: String, value: SpanAttribute)] {
        var list: [(name: String, value: SpanAttribute)] = []
        attributes.forEach { name, value in
            if list.count < SpanRecord.maximumAttributes { list.append((name, value)) }
        }
        return list
    }

    private func write(_ value: SpanAttribute, _ json: inout JSONBytes) {
        switch value {
        case .string(let text): write(text, &json)
        case .stringConvertible(let value): write(value.description, &json)
        case .bool(let flag):
            json.name("boolValue")
            json.literal(flag ? "true" : "false")
        case .int32(let number): write(Int64(number), &json)
        case .int64(let number): write(number, &json)
        case .double(let number): write(number, &json)
        // Nothing here has lists; where a library brings one, it is readable all the same.
        default: write("\(value)", &json)
        }
    }

    private func write(_ text: String, _ json: inout JSONBytes) {
        json.name("stringValue")
        json.string(text, longest: SpanRecord.longestText)
    }

    private func write(_ number: Int64, _ json: inout JSONBytes) {
        json.name("intValue")
        json.string(String(number))
    }

    private func write(_ number: Double, _ json: inout JSONBytes) {
        // JSON has no other numbers, and a collector that cannot read one refuses the whole batch.
        guard number.isFinite else { return write("\(number)", &json) }
        json.name("doubleValue")
        json.literal("\(number)")
    }

    private static func number(of kind: SpanKind) -> String {
        switch kind {
        case .internal: "1"
        case .server: "2"
        case .client: "3"
        case .producer: "4"
        case .consumer: "5"
        }
    }
}
