import AsyncHTTPClient
import Engine
import Foundation
import Model
import Outbound
import SpeechVideo

extension SpeechVideoWorkload {
    /// The workload as the settings want it.
    static func workload(_ settings: ServerSettings) -> Workload {
        let fetcher = URLFetcher(policy: AddressPolicy(allowed: settings.fetchAllow))
        let largest = settings.limits.upload
        let (recogniser, checks) = recogniser(settings.speech)
        let tools = SpeechVideoTools(
            recogniser: recogniser, analyser: analyser(settings.analyser),
            fetch: { url, file in try await fetcher.fetch(url, to: file, maximumBytes: largest) },
            limits: MediaLimits(
                duration: MediaTime(milliseconds: settings.limits.duration.microseconds / 1_000), size: largest),
            parallelPrograms: min(8, ProcessInfo.processInfo.activeProcessorCount),
            hostName: ProcessInfo.processInfo.hostName)
        return workload(tools, checks: checks)
    }

    /// Requests to providers. The client lasts as long as the process, like the shared one, but follows no redirect: it
    /// would carry a key to another place.
    private static let exchange = HTTPClientExchange(
        client: HTTPClient(
            eventLoopGroupProvider: .singleton, configuration: .init(redirectConfiguration: .disallow)))

    private static func recogniser(_ speech: ServerSettings.Speech) -> (any SpeechRecogniser, [HealthCheck]) {
        if let service = speech.service {
            return (RemoteRecogniser(exchange: exchange, url: service.url, model: service.model, key: service.key), [])
        }
        let installation = SpeechInstallation(folder: speech.home)
        let check = HealthCheck("speech") {
            do {
                let found = try installation.complete(model: speech.model)
                return "\(installation.engine), model \(found.model.name)"
            } catch let failure as JobFailure {
                throw HealthCheck.Finding(failure.message, remedy: "make setup")
            }
        }
        return (WhisperRecogniser(installation: installation, model: speech.model, threads: speech.threads), [check])
    }

    private static func analyser(_ choice: ServerSettings.Analyser) -> any SceneAnalyser {
        func model(
            _ dialect: LanguageModelProvider.Dialect, _ settings: ServerSettings.Analyser.LanguageModel
        ) -> any SceneAnalyser {
            LanguageModelAnalyser(
                provider: LanguageModelProvider(
                    dialect: dialect, url: settings.url, model: settings.model, key: settings.key), exchange: exchange)
        }
        switch choice {
        case .rules: return RuleAnalyser()
        case .openai(let settings): return model(.openAI, settings)
        case .anthropic(let settings): return model(.anthropic, settings)
        }
    }
}
