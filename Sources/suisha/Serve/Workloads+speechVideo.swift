import Engine
import Foundation
import Model
import Outbound
import SpeechVideo

extension SpeechVideoWorkload {
    /// The workload as the settings want it.
    static func workload(_ settings: ServerSettings) throws -> Workload {
        let fetcher = URLFetcher(policy: AddressPolicy(allowed: settings.fetchAllow))
        let largest = settings.limits.upload
        let tools = SpeechVideoTools(
            recogniser: try recogniser(settings.speech), analyser: RuleAnalyser(),
            fetch: { url, file in try await fetcher.fetch(url, to: file, maximumBytes: largest) },
            limits: MediaLimits(duration: settings.limits.duration, size: largest),
            parallelPrograms: max(1, min(8, ProcessInfo.processInfo.activeProcessorCount)),
            hostName: ProcessInfo.processInfo.hostName)
        return workload(tools, checks: [])
    }

    private static func recogniser(_ speech: ServerSettings.Speech) throws -> any SpeechRecogniser {
        let library = try SpeechLibrary(home: speech.home, model: speech.model)
        return WhisperRecogniser(library: library, threads: speech.threads)
    }
}
