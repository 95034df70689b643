import Endpoints
import Model

/// What several endpoints of this target read from a request.
extension EndpointRequest {
    /// The person who calls.
    ///
    /// - Throws: `Problem` for programs.
    var person: UserID {
        get throws {
            guard let user = principal.actor.user else {
                throw Problem(.forbidden, "This is for a person; sign in, or use a key that belongs to one.")
            }
            return user
        }
    }

    /// The id in the path. One that cannot exist is not found, as one that does not.
    func id<Kind>(_ name: String = "id") throws -> Identifier<Kind> {
        guard let id = Identifier<Kind>(path[name] ?? "") else {
            throw Problem(.notFound, "There is no such thing here; an id has the form \(Kind.prefix)_ and 32 digits.")
        }
        return id
    }

    /// The id with which the page before ended; nil for the first page.
    func idPosition<Kind>() throws -> Identifier<Kind>? {
        try pagePosition().flatMap { Identifier<Kind>($0) }
    }

    /// A time of the query.
    func time(_ name: String) throws -> Timestamp? {
        guard let text = query[name] else { return nil }
        guard let time = Timestamp(text) else {
            throw Problem(
                .unprocessable, "The parameter '\(name)' must be a time like 2026-03-01T12:00:00Z.", field: name)
        }
        return time
    }

    /// A word of the query.
    func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String) throws -> Choice? {
        guard let text = query[name] else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem(.invalidRequest, "The parameter '\(name)' must be one of: \(known).", field: name)
        }
        return choice
    }
}

extension Endpoint.Parameter {
    /// The id in the path.
    static func id(_ description: String) -> Endpoint.Parameter {
        .init(.path, "id", .string(pattern: "^[A-Za-z0-9_-]{1,64}$"), description)
    }
}
