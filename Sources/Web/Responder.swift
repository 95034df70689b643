import Endpoints
import Foundation
import HTTPTypes
import HummingbirdCore
import Logging
import Metrics
import Model
import NIOCore

/// Takes one request from its head to the last byte of its answer.
struct Responder: Sendable {
    let routes: RouteTable
    let gate: Gate
    let bodies: RequestBodies
    let writer: ReplyWriter
    let pages: PageRenderer
    let logger: Logger

    /// Answers and writes the answer; throws when the connection cannot go on.
    @concurrent
    func respond(to request: Request, _ responseWriter: consuming ResponseWriter, on channel: any Channel) async throws
    {
        let started = ContinuousClock.now
        let id = Self.requestID(request.headers[.requestID])
        let inFlight = Meter(label: MetricNames.inFlight)
        inFlight.increment()
        defer { inFlight.decrement() }

        var reply: Reply
        var endpoint = "unknown"
        var failure: (any Error)?
        do {
            let (route, target, path) = try find(request)
            endpoint = route.endpoint.id
            let principal = try gate.admit(request.head, to: route)
            if request.headers[.expect]?.lowercased() == "100-continue", request.isWithin(bodies.settings) {
                try await responseWriter.writeInformationalHead(.init(status: .continue))
            }
            reply = try await answer(request, from: principal, route, target, path, id, on: channel)
            if route.audience == .people, reply.headers[.contentType]?.hasPrefix("text/html") ?? false {
                reply.headers[.cacheControl] = reply.headers[.cacheControl] ?? "no-store"
            }
        } catch {
            failure = error
            reply = refusal(error, request, id)
        }
        SecurityHeaders.add(to: &reply.headers)
        reply.headers[.requestID] = id
        reply.headers[.date] = HTTPDate.now
        do {
            try await writer.write(reply, to: request, responseWriter, on: channel)
        } catch {
            failure = failure ?? error
            record(request, endpoint, reply, id, since: started, failure, isCutOff: true)
            throw error
        }
        record(request, endpoint, reply, id, since: started, failure, isCutOff: false)
    }

    private func find(_ request: Request) throws -> (Route, RequestTarget, [String: String]) {
        guard let target = RequestTarget(request.head.path ?? "") else {
            throw Problem(.invalidRequest, "The path or query is not valid percent-encoded UTF-8.")
        }
        switch routes.match(request.method, target) {
        case .found(let route, let path): return (route, target, path)
        case .otherMethod(let allowed): throw MethodRefusal(allowed: allowed)
        case .unknown:
            throw Problem(
                .notFound,
                "There is nothing at \(target.rawPath.prefix(200)). See /api/v1/openapi.json for what there is.")
        }
    }

    private func answer(
        _ request: Request, from principal: Principal?, _ route: Route, _ target: RequestTarget,
        _ path: [String: String], _ id: String, on channel: any Channel
    ) async throws -> Reply {
        let body = try await bodies.read(request, for: route.endpoint)
        var headers: [String: String] = [:]
        for field in request.headers {
            headers[field.name.canonicalName] =
                headers[field.name.canonicalName].map { "\($0), \(field.value)" } ?? field.value
        }
        let call = EndpointRequest(
            principal: principal ?? .nobody, requestID: id, path: path, query: target.query, headers: headers,
            body: body)
        do {
            guard route.endpoint.waits else { return Reply(try await route.endpoint.handle(call)) }
            return try await DepartureHandler.watching(channel, for: call.presence) {
                Reply(try await route.endpoint.handle(call))
            }
        } catch {
            if case .form(let form) = body, !call.custody.isTaken {
                await FormReader.remove(form.files, from: bodies.objects)
            }
            throw error
        }
    }

    private func refusal(_ error: any Error, _ request: Request, _ id: String) -> Reply {
        let problem = (error as? MethodRefusal)?.problem ?? (error as? RangeRefusal)?.problem ?? Problem(error)
        var reply =
            request.wantsPage
            ? pages.refusal(
                problem, path: request.method == .get ? request.head.path : nil, headers: request.headers, requestID: id
            )
            : Reply(problem, requestID: id)
        if let refusal = error as? MethodRefusal { reply.headers[.allow] = refusal.allowed.joined(separator: ", ") }
        if let refusal = error as? RangeRefusal { reply.headers[.contentRange] = "bytes */\(refusal.size)" }
        // Part of a body may be on its way; the next bytes would be read as a request.
        reply.closes = request.mayHaveBody
        return reply
    }

    private func record(
        _ request: Request, _ endpoint: String, _ reply: Reply, _ id: String, since started: ContinuousClock.Instant,
        _ failure: (any Error)?, isCutOff: Bool
    ) {
        let duration = ContinuousClock.now - started
        let status = reply.status.code
        Counter(
            label: MetricNames.requests,
            dimensions: [("method", request.method.rawValue), ("endpoint", endpoint), ("status", String(status))]
        ).increment()
        if case .events = reply.body {
        } else {
            Timer(label: MetricNames.duration, dimensions: [("endpoint", endpoint)])
                .recordNanoseconds(duration.microseconds * 1_000)
        }
        var metadata: Logger.Metadata = [
            "request_id": "\(id)", "method": "\(request.method.rawValue)", "endpoint": "\(endpoint)",
            "status": "\(status)", "duration_ms": "\(Int64(duration.fractionalSeconds * 1_000))",
        ]
        if isCutOff { metadata["cut_off"] = "true" }
        if status >= 500, let failure { metadata["error"] = "\(failure)" }
        logger.log(level: status >= 500 ? .error : .info, "request", metadata: metadata)
    }

    /// The caller's id where it is harmless, else a new one.
    static func requestID(_ offered: String?) -> String {
        let safe = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
        if let offered, (1...64).contains(offered.count), offered.allSatisfy(safe.contains) { return offered }
        return RequestID().description
    }
}

/// The path is known, but not with this method.
private struct MethodRefusal: Error {
    let allowed: [String]
    var problem: Problem {
        Problem(.methodNotAllowed, "Only \(allowed.joined(separator: ", ")) is offered here.")
    }
}

extension Principal {
    /// The caller of what is open to everybody: no rights.
    fileprivate static let nobody = Principal(workspace: .local, permissions: [])
}

extension Request {
    /// Whether whoever asks is a person with a browser and not on the API.
    fileprivate var wantsPage: Bool {
        headers[.accept]?.contains("text/html") ?? false && !(head.path ?? "").hasPrefix("/api/")
    }

    /// Whether the head announces a body.
    var mayHaveBody: Bool {
        headers[.transferEncoding] != nil || (headers[.contentLength].map { $0 != "0" } ?? false)
    }

    /// Whether the announced length is one that some endpoint takes.
    fileprivate func isWithin(_ settings: WebSettings) -> Bool {
        guard let length = headers[.contentLength].flatMap(Int64.init) else { return true }
        return length <= settings.uploadLimit.bytes + settings.jsonLimit.bytes
    }
}
