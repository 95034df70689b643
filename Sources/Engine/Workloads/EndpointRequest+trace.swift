import Endpoints

extension EndpointRequest {
    /// The trace that the caller belongs to, where its `traceparent` header is one of W3C Trace Context: it stays with the
    /// job through the queue to the handler.
    var trace: String? {
        guard let text = headers["traceparent"]?.lowercased(),
            let match = text.wholeMatch(of: /00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}/),
            match.1.contains(where: { $0 != "0" }), match.2.contains(where: { $0 != "0" })
        else { return nil }
        return text
    }
}
