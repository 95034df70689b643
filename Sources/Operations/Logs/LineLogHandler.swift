import Foundation
package import Logging

/// Writes each log message as one line of JSON or text.
package struct LineLogHandler: LogHandler {
    /// The two forms.
    package enum Form: Sendable { case json, text }

    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    package var logLevel: Logger.Level
    private let label: String
    private let form: Form
    private let write: @Sendable (String) -> Void

    /// - Parameter write: takes one line at a time, with its line feed.
    package init(
        label: String, level: Logger.Level, form: Form, metadataProvider: Logger.MetadataProvider? = nil,
        write: @escaping @Sendable (String) -> Void
    ) {
        self.label = label
        self.form = form
        self.metadataProvider = metadataProvider
        self.write = write
        logLevel = level
    }

    package subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// What the message itself carries wins over the logger's metadata, and that over the provider's.
    package func log(event: LogEvent) {
        var all = metadataProvider?.get() ?? [:]
        all.merge(metadata) { $1 }
        all.merge(event.metadata ?? [:]) { $1 }
        let now = Date()
        switch form {
        case .json: write(LogText.json(event, all, logger: label, at: now))
        case .text: write(LogText.plain(event, all, at: now))
        }
    }
}
