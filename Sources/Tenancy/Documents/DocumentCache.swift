import Foundation
package import Logging
import Metrics
package import Model
package import Storage
import Synchronization

/// Remembers documents, so that nearly no read asks the database: first in this process, then in a cache that all processes
/// share.
///
/// A change is in this process's memory before it is answered, and every other process is told. One that does not hear of it
/// goes on with what it has for a minute at most.
package final class DocumentCache: Sendable {
    /// How much and how long it remembers.
    package struct Settings: Sendable {
        /// Whether it remembers anything: `DISABLE_WORKSPACE_CACHE`.
        package var isEnabled: Bool = true
        /// How old what is read may be.
        package var lifetime: Duration = .seconds(60)
        /// How many bytes one process remembers.
        package var capacity: ByteCount = .mebibytes(64)

        package init() {}
    }

    private let settings: Settings
    private let local: LocalDocuments
    private let shared: (any SharedCache)?
    private let bus: any InvalidationBus
    private let logger: Logger
    private let now: @Sendable () -> ContinuousClock.Instant
    private let isOn: Mutex<Bool>
    private let subscription: Mutex<(any BusSubscription)?> = Mutex(nil)
    private let counters = Counters()

    /// A fill of the shared cache that takes longer is dropped: its stamps last at least a minute.
    private static let fillLimit: Duration = .seconds(30)
    /// For how long the version of a change is remembered: longer than any read takes.
    private static let changeLifetime: Duration = .seconds(120)

    /// - Parameters:
    ///   - shared: what all processes share; nil for a server that is one process.
    ///   - now: the clock; a test moves it.
    package init(
        settings: Settings = .init(), shared: (any SharedCache)? = nil, bus: any InvalidationBus = LocalBus(),
        logger: Logger = Logger(label: "suisha.documents"),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.settings = settings
        self.shared = shared
        self.bus = bus
        self.logger = logger
        self.now = now
        local = LocalDocuments(capacity: settings.capacity)
        isOn = Mutex(settings.isEnabled)
        let subscribed = bus.subscribe { [weak self] event in self?.hear(event) }
        subscription.withLock { $0 = subscribed }
    }

    /// Whether it remembers anything.
    package var isEnabled: Bool { isOn.withLock { $0 } }

    /// Turns it off or on while the server runs; off, every read asks the database.
    package func setEnabled(_ isEnabled: Bool) {
        isOn.withLock { $0 = isEnabled }
        local.removeAll()
    }

    /// The document under a key: from memory, from the shared cache, or by `fill`, which asks the database. That there is none
    /// is not remembered.
    func document(_ key: DocumentKey, fill: () async throws -> Document?) async throws -> Document? {
        guard isEnabled else {
            counters.database.increment()
            return try await fill()
        }
        let began = now()
        if let document = local.find(key, at: began) {
            counters.local.increment()
            return document
        }
        let ticket = local.ticket
        // Without the shared cache the database answers; it counts its own failures.
        let entry = try? await shared?.read(key.text)
        if let value = entry?.value, let document = try? JSONText(trusted: value.text).decode(Document.self),
            remember(document, key, for: min(settings.lifetime, value.remaining), ticket)
        {
            counters.shared.increment()
            return document
        }
        counters.database.increment()
        guard let document = try await fill() else { return nil }
        if remember(document, key, for: settings.lifetime, ticket), let shared, let stamp = entry?.stamp,
            now() - began < Self.fillLimit, let text = try? JSONText(encoding: document).text
        {
            let isFilled = try? await shared.fill(
                key.text, with: text, lasting: settings.lifetime, ifStill: stamp)
            if isFilled == false { counters.staleFills.increment() }
        }
        return document
    }

    /// A document has another version now; nil when it was removed. Returns when every process has been told.
    func changed(_ key: DocumentKey, version: Int64, to document: Document?) async {
        let now = now()
        if isEnabled {
            let lifetime = document == nil ? Self.changeLifetime : settings.lifetime
            local.change(key, version: version, to: document, until: now + lifetime, now: now)
        }
        do {
            // Without cancellation: the change is committed, and a caller who left does not undo it.
            try await Task { [shared, bus] in
                try await shared?.invalidate([key.text])
                try await bus.publish("\(key.text) \(version)")
            }.value
        } catch {
            counters.publishFailures.increment()
            logger.error(
                "other processes could not be told of a changed document; they have the earlier one for a minute",
                metadata: ["workspace": "\(key.workspace)", "reason": "\(error)"])
        }
    }

    private func hear(_ event: BusEvent) {
        switch event {
        case .subscribed: local.removeAll()
        case .message(let text):
            let words = text.split(separator: " ")
            guard words.count == 2, let key = DocumentKey(text: words[0]), let version = Int64(words[1]) else { return }
            let now = now()
            local.change(key, version: version, to: nil, until: now + Self.changeLifetime, now: now)
        }
    }

    private func remember(
        _ document: Document, _ key: DocumentKey, for lifetime: Duration, _ ticket: UInt64
    ) -> Bool {
        let now = now()
        guard local.store(document, key, until: now + lifetime, ticket: ticket, now: now) else {
            counters.staleFills.increment()
            return false
        }
        return true
    }

    private struct Counters: Sendable {
        let local = Counter(label: MetricNames.documentLookups, dimensions: [("from", "local")])
        let shared = Counter(label: MetricNames.documentLookups, dimensions: [("from", "shared")])
        let database = Counter(label: MetricNames.documentLookups, dimensions: [("from", "database")])
        let staleFills = Counter(label: MetricNames.documentStaleFills)
        let publishFailures = Counter(label: MetricNames.documentPublishFailures)
    }
}
