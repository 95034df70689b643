package import Foundation

/// What the pipeline works with, chosen by configuration.
package struct SpeechVideoTools: Sendable {
    package var recogniser: any SpeechRecogniser
    package var analyser: any SceneAnalyser
    /// Copies what a URL leads to into a file and returns its name; refuses private addresses.
    package var fetch: @Sendable (_ url: String, _ file: URL) async throws -> String
    /// The largest recording that is taken.
    package var limits: MediaLimits
    /// Programs of one job that may run at the same time.
    package var parallelPrograms: Int
    /// Names this machine in measured speeds.
    package var hostName: String

    package init(
        recogniser: any SpeechRecogniser, analyser: any SceneAnalyser,
        fetch: @escaping @Sendable (_ url: String, _ file: URL) async throws -> String,
        limits: MediaLimits = MediaLimits(), parallelPrograms: Int = 2, hostName: String
    ) {
        self.recogniser = recogniser
        self.analyser = analyser
        self.fetch = fetch
        self.limits = limits
        self.parallelPrograms = parallelPrograms
        self.hostName = hostName
    }
}
