import Crypto
package import Endpoints
import Foundation
package import Logging
import Model
import Storage

/// Answers a POST with an `Idempotency-Key` once: the second time with the first answer.
package struct KeptAnswers: Sendable {
    private let store: AnswerStore
    private let key: SymmetricKey
    private let logger: Logger

    /// The longest body that is kept; a longer answer frees its key instead.
    package static let longestBody: Int = 262_144
    /// Marks an answer that was given before.
    package static let replayHeader: String = "Idempotency-Replayed"

    /// - Parameter server: answers may hold what is shown only once, so they are stored encrypted under this.
    package init(store: AnswerStore, server: ServerKey, logger: Logger) {
        self.store = store
        key = server.key(for: "kept answers")
        self.logger = logger
    }

    /// Runs `work`, or gives the answer that it gave before.
    ///
    /// A refusal is not kept: nothing was done, so the request can be mended and sent under the same key.
    ///
    /// - Parameter caller: names the caller within its workspace.
    /// - Throws: `Problem` when the key belongs to another request, or to one that is under way; what `work` throws.
    package func answering(
        _ request: EndpointRequest, from caller: String,
        _ work: () async throws -> EndpointResponse
    ) async throws -> EndpointResponse {
        guard let text = request.idempotencyKey else { return try await work() }
        let key = AnswerStore.Key(
            workspace: request.principal.workspace, principal: caller, operation: request.operation, key: text)
        let holder = UUID().uuidString
        switch try await store.begin(key, requestHash: request.fingerprint, holder: holder) {
        case .mine: return try await carryOut(key, holder, work)
        case .answered(let sealed): return try opened(sealed, for: key)
        case .inFlight(let remaining):
            throw Problem(
                .keyInUse,
                "The first request with this Idempotency-Key is still being carried out. Send it again in a moment.",
                field: "Idempotency-Key", retryAfter: min(remaining, .seconds(1)))
        case .otherRequest:
            throw Problem(
                .keyReused,
                "This Idempotency-Key was used for a request with another content. Use a new key for a new request.",
                field: "Idempotency-Key")
        }
    }

    private func carryOut(
        _ key: AnswerStore.Key, _ holder: String, _ work: () async throws -> EndpointResponse
    ) async throws -> EndpointResponse {
        let response: EndpointResponse
        do {
            response = try await work()
        } catch {
            // Without a reply from the database nobody knows what was done, so the key stays taken for a while.
            if (error as? StorageError)?.code != .unavailable { await release(key, holder) }
            throw error
        }
        guard let sealed = try sealed(response, for: key) else {
            await release(key, holder)
            return response
        }
        do {
            try await store.keep(sealed, for: key, holder: holder)
        } catch {
            // The work is done, so the caller gets its answer; sent again, the request is refused until the key lapses.
            logger.warning(
                "an answer could not be kept", metadata: ["operation": "\(key.operation)", "error": "\(error)"])
        }
        return response
    }

    private func release(_ key: AnswerStore.Key, _ holder: String) async {
        do {
            try await store.release(key, holder: holder)
        } catch {
            // It lapses by itself; the caller's own outcome matters more.
            logger.warning(
                "an idempotency key could not be freed",
                metadata: ["operation": "\(key.operation)", "error": "\(error)"])
        }
    }

    // MARK: The stored form

    private struct Stored: Codable {
        let status: Int
        let headers: [String: String]
        let contentType: String?
        let body: Data?
    }

    /// Nil for answers that are not kept: refusals, streams, what is too long, and what begins a session.
    private func sealed(_ response: EndpointResponse, for key: AnswerStore.Key) throws -> String? {
        guard response.status < 400, response.cookies.isEmpty else { return nil }
        let stored: Stored
        switch response.body {
        case .none: stored = Stored(status: response.status, headers: response.headers, contentType: nil, body: nil)
        case .data(let data, let type):
            guard data.count <= Self.longestBody else { return nil }
            stored = Stored(status: response.status, headers: response.headers, contentType: type, body: data)
        case .stream, .events: return nil
        }
        let box = try AES.GCM.seal(
            JSONEncoder().encode(stored), using: self.key, authenticating: Data(key.place.utf8))
        return box.combined?.base64EncodedString()
    }

    private func opened(_ sealed: String, for key: AnswerStore.Key) throws -> EndpointResponse {
        guard let data = Data(base64Encoded: sealed), let box = try? AES.GCM.SealedBox(combined: data),
            let plain = try? AES.GCM.open(box, using: self.key, authenticating: Data(key.place.utf8)),
            let stored = try? JSONDecoder().decode(Stored.self, from: plain)
        else {
            throw Problem(
                .keyReused,
                "The answer to this Idempotency-Key was given before, under a server token that was replaced since.",
                field: "Idempotency-Key")
        }
        var headers = stored.headers
        headers[Self.replayHeader] = "true"
        let body = stored.body.map { EndpointResponse.Body.data($0, contentType: stored.contentType ?? "") } ?? .none
        return EndpointResponse(status: stored.status, headers: headers, body: body)
    }
}

extension AnswerStore.Key {
    /// Ties a sealed answer to its row.
    fileprivate var place: String {
        [workspace.sql, principal, operation, key].map { "\($0.utf8.count):\($0)" }.joined()
    }
}

extension EndpointRequest {
    /// Two requests have the same fingerprint when they ask for the same, whatever headers they came with.
    fileprivate var fingerprint: String {
        var hash = SHA256()
        func add(_ text: String) {
            withUnsafeBytes(of: UInt64(text.utf8.count).bigEndian) { hash.update(bufferPointer: $0) }
            hash.update(data: Data(text.utf8))
        }
        func add(_ values: [String: String], _ name: String) {
            add("\(name) \(values.count)")
            for (name, value) in values.sorted(by: { $0.key < $1.key }) {
                add(name)
                add(value)
            }
        }
        add(path, "path")
        add(query, "query")
        switch body {
        case .none: add("none")
        case .json(let data):
            add("json")
            hash.update(data: data)
        case .form(let form):
            add(form.fields, "form")
            for file in form.files {
                add([file.part, file.fileName, file.contentType, file.sha256].joined(separator: "\n"))
            }
        }
        return hash.finalize().map { String(format: "%02x", $0) }.joined()
    }
}
