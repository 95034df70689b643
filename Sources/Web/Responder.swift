import Endpoints
import Foundation
import HTTPTypes
import HummingbirdCore
import Logging
import Metrics
import Model
import NIOCore
import Tenancy
import Traces

/// Takes one request from its head to the last byte of its answer.
struct Responder: Sendable {
    /// The OpenAPI document.
    let reference: Data
    let routes: RouteTable
    let gate: Gate
    let limits: CallLimits
    let cursors: Cursors
    /// What the address of a live connection says.
    let door: LiveDoor
    let keptAnswers: KeptAnswers
    let bodies: RequestBodies
    let writer: ReplyWriter
    let frame: PageFrame
    let audit: AuditTrail
    /// Told of everybody who calls and is known.
    let onCall: @Sendable (Principal.Actor) -> Void
    let tracer: SpanTracer?
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
        var standing: [String: String] = [:]
        var caller: Caller?
        var known: Principal?
        var span: RequestSpan?
        let client = limits.addresses.shown(request.head, peer: channel.remoteAddress)
        do {
            let (route, target, path) = try find(request)
            endpoint = route.endpoint.id
            span = RequestSpan(
                tracer, request.method.rawValue, route, traceparent: request.headers[.traceparent], request: id)
            let (head, principal) = try await countingStrangers(
                request.head, peer: channel.remoteAddress, at: route, request: id
            ) {
                let isListening = endpoint == LiveEndpoints.listening
                let head = isListening ? try await door.admitted(request.head, target) : request.head
                return (head, try await gate.identify(head, for: route))
            }
            known = principal
            if let principal { onCall(principal.actor) }
            span?.isOf(principal)
            caller = principal.map { Caller($0, request: id, address: client.isEmpty ? nil : client) }
            standing = try await limits.admit(
                request.head, from: principal, to: route.endpoint, peer: channel.remoteAddress)
            try gate.check(principal, for: route)
            try RequestBodies.checkCoding(of: request)
            if request.headers[.expect]?.lowercased() == "100-continue", request.isWithin(bodies.settings) {
                try await responseWriter.writeInformationalHead(.init(status: .continue))
            }
            reply = try await RequestSpan.within(span) {
                try await answer(request, from: principal, route, target, path, id, client, on: channel)
            }
            if case .events = reply.body, let principal, principal.actor != .serverToken {
                reply.mayGoOn = { [gate, head] in await gate.stillAdmits(head, as: principal, to: route) }
            }
            if route.audience == .people, reply.headers[.contentType]?.hasPrefix("text/html") ?? false {
                reply.headers[.cacheControl] = reply.headers[.cacheControl] ?? "no-store"
            }
        } catch {
            failure = error
            if let refusal = error as? RateRefusal { standing = refusal.standing.headers }
            reply = await refusal(error, request, id, to: known, on: channel)
            audit.note(error, of: endpoint, by: caller, else: stranger(client, request: id))
        }
        reply.headers.add(standing)
        reply.revalidate(request.head)
        reply.compressPage(for: request.head)
        SecurityHeaders.add(to: &reply.headers)
        reply.headers[.requestID] = id
        reply.headers[.date] = HTTPDate.now
        do {
            try await writer.write(reply, to: request, responseWriter, on: channel)
        } catch {
            failure = failure ?? error
            record(request, endpoint, reply, id, since: started, failure, span, isCutOff: true)
            throw error
        }
        record(request, endpoint, reply, id, since: started, failure, span, isCutOff: false)
    }

    private func find(_ request: Request) throws -> (Route, RequestTarget, [String: String]) {
        guard let target = RequestTarget(request.head.path ?? "") else {
            throw Problem(
                .invalidRequest,
                "The path or query is not valid percent-encoded UTF-8, or holds what no name here does.")
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

    /// Lets `body` find out who calls. Who proves nothing counts against the address that it calls from; an API key that is
    /// not good any more, and a workspace that is not the caller's, are written down.
    func countingStrangers<Value>(
        _ head: HTTPRequest, peer: SocketAddress?, at route: Route, request id: String,
        _ body: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await body()
        } catch let problem as Problem where problem.kind == .unauthenticated {
            try await limits.countStranger(head, peer: peer)
            await audit.noteKey(in: head, as: stranger(limits.addresses.shown(head, peer: peer), request: id))
            throw problem
        } catch let problem as Problem where problem.kind == .notFound {
            if let wanted = head.headerFields[.workspace] {
                var own = head
                own.headerFields[.workspace] = nil
                // Who it is, is known but for the workspace.
                if let principal = try? await gate.identify(own, for: route) {
                    let caller = stranger(limits.addresses.shown(head, peer: peer), request: id)
                    audit.noteStray(principal, to: wanted, as: caller)
                }
            }
            throw problem
        }
    }

    /// Somebody who is not known.
    func stranger(_ address: String, request id: String) -> Caller {
        Caller(.nobody, request: id, address: address.isEmpty ? nil : address)
    }

    private func answer(
        _ request: Request, from principal: Principal?, _ route: Route, _ target: RequestTarget,
        _ path: [String: String], _ id: String, _ client: String, on channel: any Channel
    ) async throws -> Reply {
        try route.endpoint.check(query: target.query)
        if route.endpoint.idempotency != .unused { try Self.checkKey(request.headers[.idempotencyKey]) }
        let body = try await bodies.read(
            request, for: route.endpoint, in: (principal ?? .nobody).workspace)
        let call = EndpointRequest(
            principal: principal ?? .nobody, requestID: id, operation: route.endpoint.id, cursors: cursors, path: path,
            query: target.query, headers: request.joinedHeaders, body: body, client: client)
        do {
            let response = try await answered(call, by: route.endpoint, on: channel)
            // The answer that a key was given before leaves the files of this request to nobody.
            if response.headers[KeptAnswers.replayHeader] != nil { await removeUploads(of: call) }
            return Reply(response)
        } catch {
            await removeUploads(of: call)
            throw error
        }
    }

    private func answered(
        _ call: EndpointRequest, by endpoint: Endpoint, on channel: any Channel
    ) async throws -> EndpointResponse {
        guard endpoint.idempotency == .kept else { return try await handled(call, by: endpoint, on: channel) }
        return try await keptAnswers.answering(call, from: call.principal.name) {
            try await handled(call, by: endpoint, on: channel)
        }
    }

    private func handled(
        _ call: EndpointRequest, by endpoint: Endpoint, on channel: any Channel
    ) async throws -> EndpointResponse {
        try await audit.noting(call, of: endpoint) {
            guard endpoint.waits else { return try await endpoint.handle(call) }
            return try await DepartureHandler.watching(channel, for: call.presence) {
                try await endpoint.handle(call)
            }
        }
    }

    private func removeUploads(of call: EndpointRequest) async {
        guard case .form(let form) = call.body, !call.custody.isTaken else { return }
        await FormReader.remove(form.files, from: bodies.objects)
    }

    private func refusal(
        _ error: any Error, _ request: Request, _ id: String, to principal: Principal?, on channel: any Channel
    ) async -> Reply {
        let problem =
            (error as? MethodRefusal)?.problem ?? (error as? RangeRefusal)?.problem ?? Problem(error)
        var reply =
            request.wantsPage
            ? await page(of: problem, request, id, to: principal, on: channel)
            : Reply(problem, requestID: id)
        if let refusal = error as? MethodRefusal { reply.headers[.allow] = refusal.allowed.joined(separator: ", ") }
        if let refusal = error as? RangeRefusal { reply.headers[.contentRange] = "bytes */\(refusal.size)" }
        // Part of a body may be on its way; the next bytes would be read as a request.
        reply.closes = request.mayHaveBody
        return reply
    }

    private func record(
        _ request: Request, _ endpoint: String, _ reply: Reply, _ id: String, since started: ContinuousClock.Instant,
        _ failure: (any Error)?, _ span: RequestSpan?, isCutOff: Bool
    ) {
        var isEndless = false
        if case .events = reply.body { isEndless = true }
        record(
            method: request.method.rawValue, endpoint, status: reply.status.code, id, since: started, failure, span,
            isEndless: isEndless, isCutOff: isCutOff)
    }

    /// Notes in the metrics, in the log and in its span how a call ended.
    func record(
        method: String, _ endpoint: String, status: Int, _ id: String, since started: ContinuousClock.Instant,
        _ failure: (any Error)?, _ span: RequestSpan? = nil, isEndless: Bool = false, isCutOff: Bool = false
    ) {
        let duration = ContinuousClock.now - started
        Counter(
            label: MetricNames.requests,
            dimensions: [("method", method), ("endpoint", endpoint), ("status", String(status))]
        ).increment()
        if !isEndless {
            Timer(label: MetricNames.duration, dimensions: [("endpoint", endpoint)])
                .recordNanoseconds(duration.microseconds * 1_000)
        }
        var metadata: Logger.Metadata = [
            "request_id": "\(id)", "method": "\(method)", "endpoint": "\(endpoint)",
            "status": "\(status)", "duration_ms": "\(Int64(duration.fractionalSeconds * 1_000))",
        ]
        if isCutOff { metadata["cut_off"] = "true" }
        if let span {
            metadata["trace_id"] = "\(span.traceID)"
            span.end(status: status, failure, isCutOff: isCutOff)
        }
        if status >= 500, let failure { metadata["error"] = "\(failure)" }
        logger.log(level: Self.level(status, failure), "request", metadata: metadata)
    }

    /// A refusal that passes, such as that of a full queue, is no failure of the server.
    private static func level(_ status: Int, _ failure: (any Error)?) -> Logger.Level {
        guard status >= 500 else { return .info }
        return [503, 507].contains(status) && failure is Problem ? .warning : .error
    }

    static func checkKey(_ key: String?) throws {
        guard let key else { return }
        guard (1...200).contains(key.utf8.count), key.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw Problem(
                .invalidRequest, "The Idempotency-Key must be 1 to 200 visible ASCII characters.",
                field: "Idempotency-Key")
        }
    }

    /// The caller's id where it is harmless, else a new one.
    static func requestID(_ offered: String?) -> String {
        guard let offered, (1...64).contains(offered.utf8.count), offered.utf8.allSatisfy(isSafe) else {
            return RequestID().description
        }
        return offered
    }

    private static func isSafe(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
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
    static let nobody = Principal(workspace: .local, permissions: [])
}

extension Request {
    /// Whether whoever asks is a person with a browser and not on the API.
    fileprivate var wantsPage: Bool {
        headers[.accept]?.contains("text/html") ?? false && !(head.path ?? "").hasPrefix("/api/")
    }

    /// Each header once, by its name in lower case.
    var joinedHeaders: [String: String] {
        headers.reduce(into: [:]) { all, field in
            all[field.name.canonicalName] = all[field.name.canonicalName].map { "\($0), \(field.value)" } ?? field.value
        }
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
