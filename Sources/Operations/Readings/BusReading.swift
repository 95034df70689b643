import Foundation
package import Storage
import Synchronization

/// Asks the bus between nodes whether what is said on it is heard: says something and waits to hear it.
package final class BusReading: Sendable {
    private let bus: any InvalidationBus
    private let subscription: Mutex<(any BusSubscription)?>
    private let heard: SignalHub

    /// What it says begins with `beat `, which means nothing to anybody else.
    private static let prefix = "beat operations "

    package init(_ bus: any InvalidationBus) {
        self.bus = bus
        let heard = SignalHub()
        self.heard = heard
        subscription = Mutex(
            bus.subscribe { event in
                if case .message(let text) = event, text.hasPrefix(Self.prefix) { heard.signal([text]) }
            })
    }

    /// The reading.
    package var reading: HealthReading {
        HealthReading(.busUp) { [self] in
            if bus.losesNothing { return }
            let text = Self.prefix + UUID().uuidString
            let signals = heard.signals(for: text)
            try await bus.publish(text)
            for await _ in signals { return }
        }
    }
}
