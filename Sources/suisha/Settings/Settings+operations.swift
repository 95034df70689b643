import Foundation
import Operations

/// Settings about what a server measures of itself.
extension Settings {
    static let sampling = Setting(
        "operations.sampling", .choice(Switch.self), default: .text("on"),
        "Whether the process measures itself and its machine each second, for live operations and their history.")
    static let nodeName = Setting(
        "operations.node", .text("a name"),
        default: .derived(shown: "the name of the machine") { _ in ProcessInfo.processInfo.hostName },
        "What the process is called among those that measure; a second one of the same name gets a number behind it.")
    static let keepSeconds = Setting(
        "operations.keep_seconds", .duration(.seconds(600)...(.seconds(86_400))), default: .text("1h"),
        "How long each second is remembered; about 2 MB an hour for each process.")
    static let keepMinutes = Setting(
        "operations.keep_minutes", .duration(.seconds(7_200)...(.seconds(90 * 86_400))), default: .text("7d"),
        "How long each minute is remembered; about 2 MB a day for each process.")
    static let keepHours = Setting(
        "operations.keep_hours", .duration(.seconds(86_400)...(.seconds(3_650 * 86_400))), default: .text("90d"),
        "How long each hour is remembered; about 2 MB a month for each process.")

    static let operations: [SettingDeclaration] = [
        sampling.declaration, nodeName.declaration, keepSeconds.declaration, keepMinutes.declaration,
        keepHours.declaration,
    ]
}

extension ServerSettings {
    /// What a process measures of itself.
    struct Operations: Sendable {
        /// What it is called.
        var node: String
        var sampling: SamplingService.Settings
    }
}

extension ServerSettings.Operations {
    /// - Throws: ``SettingError`` when something coarse would be forgotten before the finer that it is made of.
    init(_ settings: EffectiveSettings) throws {
        node = try settings.value(Settings.nodeName)
        let retention = try SampleRetention(
            seconds: settings.value(Settings.keepSeconds), minutes: settings.value(Settings.keepMinutes),
            hours: settings.value(Settings.keepHours))
        guard retention.seconds <= retention.minutes, retention.minutes <= retention.hours else {
            throw SettingError(
                """
                \(settings.place(Settings.keepSeconds)), \(settings.place(Settings.keepMinutes)) and \
                \(settings.place(Settings.keepHours)) must not become shorter: minutes are made of seconds, and hours of \
                minutes.
                """)
        }
        sampling = .init(isOn: try settings.value(Settings.sampling) == .on, retention: retention)
    }
}
