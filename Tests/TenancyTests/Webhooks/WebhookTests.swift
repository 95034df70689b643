import Conformance
import Endpoints
import Foundation
import Model
import Storage
import Synchronization
import Tenancy
import Testing

@Suite("Webhooks (C5)")
struct WebhookTests {
    private static let vault = try? Vault([Secret(String(repeating: "k", count: 40))])

    private func store(_ trial: TenantTrial) throws -> WebhookStore {
        WebhookStore(trial.tenants, vault: try #require(Self.vault))
    }

    private func dispatcher(_ store: WebhookStore, _ receiver: FakeReceiver) -> WebhookDispatcher {
        WebhookDispatcher(store: store, sender: receiver, chance: { 0.5 })
    }

    @Test("what committed is told once, signed, and what did not commit is not", arguments: DatabaseFixture.all)
    func delivery(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let (store, company, other) = (
                try store(trial), try await trial.company(), try await trial.company("Other")
            )
            let boss = try await company.boss()
            let new = try await store.create(url: "https://example.com/hook", events: ["project.*"], by: boss)
            _ = try await store.create(url: "https://example.com/other", events: ["*"], by: other.boss())
            let receiver = FakeReceiver()
            _ = try await trial.projects.create(name: "First", by: boss)
            await expectProblem(.conflict) { _ = try await trial.projects.create(name: "First", by: boss) }
            _ = try await trial.workspaces.rename("Renamed", by: boss)
            #expect(try await dispatcher(store, receiver).sendDue() == 1)
            #expect(try await dispatcher(store, receiver).sendDue() == 0)
            let calls = receiver.calls
            #expect(calls.map(\.url) == ["https://example.com/hook"])
            let call = try #require(calls.first)
            let body = try JSONText(trusted: call.body).decode([String: JSONText].self)
            #expect(body["type"]?.text == "\"project.created\"" && call.body.contains("\"name\":\"First\""))
            #expect(call.headers["webhook-id"]?.hasPrefix("msg_") == true)
            let secret = try #require(WebhookSecret(new.secret))
            #expect(call.isValid(by: secret))
            #expect(
                !call.isValid(
                    by: try #require(
                        WebhookSecret(Secret("whsec_" + Data(repeating: 7, count: 32).base64EncodedString())))))
            let delivery = try #require(try await store.deliveries(of: new.webhook.id, in: company.id).first)
            #expect(delivery.state == "delivered" && delivery.attempts == 1 && delivery.status == 200)
            let stored = try await trial.database.read { connection throws(StorageError) in
                try connection.row("SELECT secret FROM webhook ORDER BY id LIMIT 1").text("secret")
            }
            #expect(!stored.contains(new.secret.revealed.dropFirst(6)), "encrypted at rest")
        }
    }

    @Test("a signature is refused that is wrong, of another body, of another time, or old")
    func signatures() throws {
        let secret = try #require(WebhookSecret(Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")))
        // The example of the Standard Webhooks specification.
        let body = #"{"test": 2432232314}"#
        #expect(
            secret.signature(id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: body)
                == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        let now = Timestamp(microseconds: 1_614_265_330_000_000)
        func valid(
            id: String = "msg_p5jXN8AQM9LWM0D4loKWxJek", time: String = "1614265330",
            signatures: String = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", body: String = body,
            at now: Timestamp = now
        ) -> Bool {
            WebhookSignature.isValid(
                id: id, timestamp: time, signatures: signatures, body: body, secret: secret, now: now)
        }
        #expect(valid())
        #expect(valid(signatures: "v1,AAAA v2,xyz v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="))
        #expect(!valid(id: "msg_other") && !valid(time: "1614265331") && !valid(body: body + " "))
        #expect(!valid(signatures: "") && !valid(signatures: "v1,") && !valid(time: "soon"))
        #expect(!valid(at: now + .seconds(301)) && !valid(at: now + .seconds(-301)) && valid(at: now + .seconds(299)))
    }

    @Test(
        "a failing receiver is tried ten times over about three days, then turned off", arguments: DatabaseFixture.all)
    func retries(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let (store, company) = (try store(trial), try await trial.company())
            let boss = try await company.boss()
            let hook = try await store.create(url: "https://example.com/", events: ["*"], by: boss).webhook
            try await store.test(hook.id, by: boss)
            let receiver = FakeReceiver(answer: { _ in 500 })
            let dispatcher = dispatcher(store, receiver)
            var waited = Duration.zero
            for attempt in 1...10 {
                #expect(try await dispatcher.sendDue() == 1, "attempt \(attempt)")
                #expect(try await dispatcher.sendDue() == 0)
                guard let wait = RetrySchedule.wait(after: attempt, chance: 0.5) else { break }
                trial.trial.clock.advance(by: wait)
                waited += wait
            }
            #expect(receiver.calls.count == 10)
            #expect(Set(receiver.calls.map { $0.headers["webhook-id"] }).count == 1, "the same id each time")
            #expect((Duration.seconds(70 * 3_600)...Duration.seconds(74 * 3_600)).contains(waited))
            let delivery = try #require(try await store.deliveries(of: hook.id, in: company.id).first)
            #expect(delivery.state == "failed" && delivery.attempts == 10 && delivery.dueAt == nil)
            let off = try await store.webhook(hook.id, in: company.id)
            #expect(!off.isEnabled && off.problem?.contains("500") == true)
            #expect(try await trial.audit.entries(in: company.id).first?.action == "webhook.disabled")
            await expectProblem(.conflict) { try await store.redeliver(delivery.id, of: hook.id, by: boss) }
            _ = try await store.update(hook.id, url: hook.url, events: hook.events, isEnabled: true, by: boss)
            try await store.redeliver(delivery.id, of: hook.id, by: boss)
            receiver.answer(with: { _ in 204 })
            #expect(try await dispatcher.sendDue() == 1)
            #expect(receiver.calls.last?.headers["webhook-id"] == delivery.message)
            #expect(try await store.deliveries(of: hook.id, in: company.id).first?.state == "delivered")
        }
    }

    @Test("a secret is replaced without a gap: for a day both sign", arguments: DatabaseFixture.all)
    func rotation(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let (store, company) = (try store(trial), try await trial.company())
            let boss = try await company.boss()
            let first = try await store.create(url: "https://example.com/", events: ["*"], by: boss)
            let second = try await store.rotateSecret(of: first.webhook.id, by: boss)
            let (old, new) = (try #require(WebhookSecret(first.secret)), try #require(WebhookSecret(second.secret)))
            let receiver = FakeReceiver()
            try await store.test(first.webhook.id, by: boss)
            _ = try await dispatcher(store, receiver).sendDue()
            let during = try #require(receiver.calls.last)
            #expect(during.isValid(by: old) && during.isValid(by: new))
            trial.trial.clock.advance(by: .seconds(86_401))
            try await store.test(first.webhook.id, by: boss)
            _ = try await dispatcher(store, receiver).sendDue()
            let after = try #require(receiver.calls.last)
            #expect(!after.isValid(by: old) && after.isValid(by: new))
        }
    }

    @Test("a receiver that is slow or gone holds up nobody else's", arguments: DatabaseFixture.all)
    func isolation(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let store = try store(trial)
            let (slow, quick) = (try await trial.company("Slow"), try await trial.company("Quick"))
            let hooks = try await [
                store.create(url: "https://slow.example/", events: ["*"], by: slow.boss()).webhook.id,
                store.create(url: "https://quick.example/", events: ["*"], by: quick.boss()).webhook.id,
            ]
            for _ in 0..<30 { try await store.test(hooks[0], by: slow.boss()) }
            try await store.test(hooks[1], by: quick.boss())
            let gate = Gate()
            let receiver = FakeReceiver(answer: { url in
                if url.contains("slow") { await gate.wait() }
                return 200
            })
            let task = Task { await dispatcher(store, receiver).run() }
            try await eventually("the quick one has its delivery") {
                receiver.calls.contains { $0.url.contains("quick") }
            }
            #expect(receiver.calls.filter { $0.url.contains("slow") }.count <= 4)
            try await store.test(hooks[1], by: quick.boss())
            try await eventually("the quick one has its second delivery") {
                receiver.calls.count { $0.url.contains("quick") } == 2
            }
            gate.open()
            try await eventually("everything was delivered") {
                try await store.deliveries(of: hooks[0], in: slow.id).allSatisfy { $0.state == "delivered" }
            }
            #expect(receiver.calls.count { $0.url.contains("slow") } == 30, "each once")
            task.cancel()
            _ = await task.result
        }
    }

    @Test("what a process that died had claimed is sent when the claim is over", arguments: DatabaseFixture.all)
    func crash(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let (store, company) = (try store(trial), try await trial.company())
            let hook = try await store.create(url: "https://example.com/", events: ["*"], by: company.boss()).webhook
            try await store.test(hook.id, by: company.boss())
            let dying = FakeReceiver(answer: { _ in throw CancellationError() })
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await dispatcher(store, dying).sendDue()
            }
            _ = await task.result
            _ = try await trial.database.write { connection throws(StorageError) in
                try connection.execute(
                    "UPDATE webhook SET claim = claim + 1, claimed_until = now_us() + 60000000 WHERE id = $1",
                    [SQLValue(hook.id)])
            }
            let receiver = FakeReceiver()
            #expect(try await dispatcher(store, receiver).sendDue() == 0)
            trial.trial.clock.advance(by: .seconds(61))
            #expect(try await dispatcher(store, receiver).sendDue() == 1)
            #expect(receiver.calls.count == 1)
            trial.trial.clock.advance(by: .seconds(31 * 86_400))
            #expect(try await store.prune() == 1)
        }
    }

    @Test("what an answer means", arguments: [200, 204, 301, 400, 410, 429, 500])
    func outcomes(status: Int) {
        let outcome = WebhookOutcome(attempt: 1, answer: .success(status), chance: 0)
        switch status {
        case 200...299: #expect(outcome == .delivered(status: status))
        case 410: #expect(outcome == .gone)
        default:
            guard case .again(let wait, status, _) = outcome else {
                Issue.record("\(status): \(outcome)")
                return
            }
            #expect(wait == .milliseconds(4_500))
        }
        if case .failed = WebhookOutcome(attempt: 10, answer: .success(500), chance: 1) {
        } else {
            Issue.record("the tenth attempt is the last")
        }
        #expect(RetrySchedule.attempts == 10)
    }

    @Test(
        "addresses and events are checked, and another workspace's webhooks are not there",
        arguments: DatabaseFixture.all)
    func checks(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let (store, company, other) = (
                try store(trial), try await trial.company(), try await trial.company("Other")
            )
            let (boss, stranger) = (try await company.boss(), try await other.boss())
            for url in [
                "http://example.com/", "ftp://example.com/", "https://", "https://user:word@example.com/",
                "javascript:1",
                "https://example.com/#x", "/hook", "", "https://example.com/" + String(repeating: "x", count: 2_000),
            ] {
                await expectProblem(.unprocessable) { _ = try await store.create(url: url, events: ["*"], by: boss) }
            }
            for events in [[], ["job.flown"], ["jobs.*"], [""], ["*.*"]] {
                await expectProblem(.unprocessable) {
                    _ = try await store.create(url: "https://example.com/", events: events, by: boss)
                }
            }
            let hook = try await store.create(url: "https://example.com/", events: ["job.*"], by: boss).webhook
            try await store.test(hook.id, by: boss)
            let delivery = try #require(try await store.deliveries(of: hook.id, in: company.id).first)
            for id in [hook.id, WebhookID()] {
                await expectProblem(.notFound) { _ = try await store.webhook(id, in: other.id) }
                await expectProblem(.notFound) { _ = try await store.deliveries(of: id, in: other.id) }
                await expectProblem(.notFound) { try await store.remove(id, by: stranger) }
                await expectProblem(.notFound) { _ = try await store.rotateSecret(of: id, by: stranger) }
                await expectProblem(.notFound) { try await store.test(id, by: stranger) }
                await expectProblem(.notFound) { try await store.redeliver(delivery.id, of: id, by: stranger) }
                await expectProblem(.notFound) {
                    _ = try await store.update(
                        id, url: "https://evil.example/", events: ["*"], isEnabled: true, by: stranger)
                }
            }
            #expect(try await store.webhooks(in: other.id).isEmpty)
            try await store.remove(hook.id, by: boss)
            #expect(try await store.webhooks(in: company.id).isEmpty)
        }
    }
}

/// Answers posts as a test says, and keeps them.
final class FakeReceiver: WebhookSender {
    struct Call: Sendable {
        let url: String
        let body: String
        let headers: [String: String]

        func isValid(by secret: WebhookSecret) -> Bool {
            let time = headers["webhook-timestamp"] ?? ""
            return WebhookSignature.isValid(
                id: headers["webhook-id"] ?? "", timestamp: time, signatures: headers["webhook-signature"] ?? "",
                body: body, secret: secret, now: Timestamp(microseconds: (Int64(time) ?? 0) * 1_000_000))
        }
    }

    private struct State {
        var calls: [Call] = []
        var answer: @Sendable (String) async throws -> Int
    }

    private let state: Mutex<State>

    init(answer: @escaping @Sendable (String) async throws -> Int = { _ in 200 }) {
        state = Mutex(State(answer: answer))
    }

    var calls: [Call] { state.withLock { $0.calls } }

    func answer(with answer: @escaping @Sendable (String) async throws -> Int) {
        state.withLock { $0.answer = answer }
    }

    func post(
        _ body: String, to url: String, headers: [(name: String, value: String)], timeout: Duration
    ) async throws -> Int {
        let answer = state.withLock { state in
            state.calls.append(
                Call(
                    url: url, body: body,
                    headers: Dictionary(headers.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })))
            return state.answer
        }
        return try await answer(url)
    }
}

/// Lets nobody through until it is opened.
final class Gate: Sendable {
    private let isOpen = Mutex(false)
    private let waiting = Mutex<[CheckedContinuation<Void, Never>]>([])

    func wait() async {
        await withCheckedContinuation { continuation in
            let passes = isOpen.withLock { isOpen in
                if !isOpen { waiting.withLock { $0.append(continuation) } }
                return isOpen
            }
            if passes { continuation.resume() }
        }
    }

    func open() {
        let released = isOpen.withLock { isOpen in
            isOpen = true
            return waiting.withLock { waiting in
                defer { waiting = [] }
                return waiting
            }
        }
        for continuation in released { continuation.resume() }
    }
}
