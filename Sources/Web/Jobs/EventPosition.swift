import Endpoints

/// The last journal entry that a reader has: 0 before the first.
struct EventPosition: Hashable, Sendable {
    let value: Int64

    /// A number of at most 18 digits, or two of them.
    static let schema: Schema = .string(pattern: "^([0-9]{1,18}:)?[0-9]{1,18}$")

    /// From `Last-Event-ID`, which browsers send when they reconnect, else from `after`.
    init(_ request: EndpointRequest) throws {
        if let id = request.headers["last-event-id"], !id.isEmpty {
            try self.init(id, field: "Last-Event-ID")
        } else {
            try self.init(request.query["after"] ?? "0", field: "after")
        }
    }

    /// Reads `17`, or `2:17` with the epoch before it.
    init(_ text: String, field: String) throws {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Int64($0) }
        guard (1...2).contains(parts.count), numbers.count == parts.count, let position = numbers.last,
            numbers.allSatisfy({ $0 >= 0 })
        else {
            throw Problem(
                .invalidRequest, "The position must be a number, or the id of an event such as 2:17.", field: field)
        }
        value = position
    }
}
