/// The names of every metric of the HTTP server.
enum MetricNames {
    /// Counts requests by method, endpoint and status.
    static let requests = "suisha_http_requests_total"
    /// Times requests until the last byte was handed over, by endpoint; event streams are left out.
    static let duration = "suisha_http_request_duration_seconds"
    /// Requests being answered now.
    static let inFlight = "suisha_http_requests_in_flight"
    /// Connections that made a request and are open now.
    static let connections = "suisha_http_connections"
    /// Event streams that are open now.
    static let eventStreams = "suisha_http_event_streams"
    /// What the names of everything measured of WebSockets begin with.
    static let webSockets = "suisha_websocket"
    /// Bytes of files taken in.
    static let uploaded = "suisha_http_uploaded_bytes_total"
}
