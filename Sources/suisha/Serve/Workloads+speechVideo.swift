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
        let installation = SpeechInstallation(folder: settings.speech.home)
        let speech = settings.speech
        let tools = SpeechVideoTools(
            recogniser: WhisperRecogniser(installation: installation, model: speech.model, threads: speech.threads),
            analyser: RuleAnalyser(),
            fetch: { url, file in try await fetcher.fetch(url, to: file, maximumBytes: largest) },
            limits: MediaLimits(
                duration: MediaTime(milliseconds: settings.limits.duration.microseconds / 1_000), size: largest),
            parallelPrograms: min(8, ProcessInfo.processInfo.activeProcessorCount),
            hostName: ProcessInfo.processInfo.hostName)
        return workload(tools, checks: [speechCheck(installation, model: speech.model)])
    }

    private static func speechCheck(_ installation: SpeechInstallation, model: String) -> HealthCheck {
        HealthCheck("speech") {
            do {
                let found = try installation.complete(model: model)
                return "\(installation.engine), model \(found.model.name)"
            } catch let failure as JobFailure {
                throw HealthCheck.Finding(failure.message, remedy: "make setup")
            }
        }
    }
}
