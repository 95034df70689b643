import ArgumentParser
import Foundation

/// The flags of all settings, one property each; its name is the flag in camel case.
struct SettingOptions: ParsableArguments {
    @Option(name: [.customLong("config")], help: "The YAML file with settings; suisha.yaml when there is one.")
    var configurationFile: String?

    @Option(Settings.httpHost) var httpHost: String?
    @Option(Settings.httpPort) var httpPort: String?
    @Option(Settings.httpPublicOrigin) var httpPublicOrigin: String?
    @Option(Settings.httpAllowedHosts) var httpAllowedHosts: String?
    @Option(Settings.httpTrustedProxies) var httpTrustedProxies: String?
    @Option(Settings.httpMaxConnections) var httpMaxConnections: String?
    @Option(Settings.httpTokenFile) var httpTokenFile: String?
    @Option(Settings.dataFolder) var dataFolder: String?
    @Option(Settings.databaseURL) var databaseUrl: String?
    @Option(Settings.objectsURL) var objectsUrl: String?
    @Option(Settings.queueURL) var queueUrl: String?
    @Option(Settings.queueDepth) var queueMaxDepth: String?
    @Option(Settings.workspaceDepth) var queueMaxWorkspaceDepth: String?
    @Option(Settings.retention) var queueRetention: String?
    @Option(Settings.workerSlots) var workerSlots: String?
    @Option(Settings.workerHeartbeat) var workerHeartbeat: String?
    @Option(Settings.workerLease) var workerLease: String?
    @Option(Settings.workerDrain) var workerDrainTime: String?
    @Option(Settings.workerScratch) var workerScratch: String?
    @Option(Settings.uploadLimit) var limitsUpload: String?
    @Option(Settings.durationLimit) var limitsDuration: String?
    @Option(Settings.rateLimits) var limitsRate: String?
    @Option(Settings.nodes) var limitsNodes: String?
    @Option(Settings.fetchAllow) var fetchAllow: String?
    @Option(Settings.signUp) var accountsSignUp: String?
    @Option(Settings.keyFile) var accountsKeyFile: String?
    @Option(Settings.plansFile) var accountsPlans: String?
    @Option(Settings.mailURL) var mailUrl: String?
    @Option(Settings.googleClientID) var oidcGoogleClientId: String?
    @Option(Settings.oidcIssuer) var oidcIssuer: String?
    @Option(Settings.oidcName) var oidcName: String?
    @Option(Settings.oidcClientID) var oidcClientId: String?
    @Option(Settings.oidcVouches) var oidcVouches: String?
    @Option(Settings.sessionCache) var cacheSessions: String?
    @Option(Settings.workspaceCache) var cacheWorkspaces: String?
    @Option(Settings.sampling) var operationsSampling: String?
    @Option(Settings.nodeName) var operationsNode: String?
    @Option(Settings.keepSeconds) var operationsKeepSeconds: String?
    @Option(Settings.keepMinutes) var operationsKeepMinutes: String?
    @Option(Settings.keepHours) var operationsKeepHours: String?
    @Option(Settings.tracesEndpoint) var tracesEndpoint: String?
    @Option(Settings.tracesSampleRatio) var tracesSampleRatio: String?
    @Option(Settings.speechHome) var speechHome: String?
    @Option(Settings.speechModel) var speechModel: String?
    @Option(Settings.speechThreads) var speechThreads: String?
    @Option(Settings.speechURL) var speechUrl: String?
    @Option(Settings.speechURLModel) var speechUrlModel: String?
    @Option(Settings.analyser) var analyserEngine: String?
    @Option(Settings.analyserURL) var analyserUrl: String?
    @Option(Settings.analyserModel) var analyserModel: String?
    @Option(Settings.logLevel) var logLevel: String?
    @Option(Settings.logFormat) var logFormat: String?
    @Option(Settings.server) var server: String?
    @Option(Settings.workspace) var workspace: String?

    /// The flags that were given, by the key of their setting.
    var given: [String: String] {
        let keys = Dictionary(
            uniqueKeysWithValues: Settings.all.compactMap { setting in
                setting.flag.map { (Self.property($0), setting.key) }
            })
        var values: [String: String] = [:]
        // Reflection, so that no flag can be declared and then forgotten here.
        for child in Mirror(reflecting: self).children {
            guard let label = child.label, let key = keys[String(label.drop { $0 == "_" })] else { continue }
            values[key] = (child.value as? Option<String?>)?.wrappedValue
        }
        return values
    }

    /// The property of a flag: `http-port` is `httpPort`.
    static func property(_ flag: String) -> String {
        let words = flag.split(separator: "-")
        return words.enumerated().map { $0.offset == 0 ? String($0.element) : $0.element.capitalized }.joined()
    }

    /// The configuration as it holds for this process.
    ///
    /// - Parameter overridden: values by key that win over everything, also over flags.
    /// - Throws: ``SettingError``.
    func effective(
        environment: [String: String] = ProcessInfo.processInfo.environment, overridden: [String: String] = [:]
    ) throws -> EffectiveSettings {
        let named = configurationFile ?? environment["SUISHA_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        let settings = EffectiveSettings(
            flags: given.merging(overridden) { $1 }, environment: environment, file: try ConfigurationFile.find(named))
        try settings.checkAll()
        return settings
    }
}

extension Option {
    /// The flag of a setting.
    fileprivate init<Kind>(_ setting: Setting<Kind>) where Value == String? {
        let declaration = setting.declaration
        let standard = declaration.standard.shown.map { " (default: \($0.replacing("`", with: "")))" } ?? ""
        self.init(
            name: .customLong(declaration.flag ?? declaration.key),
            help: ArgumentHelp(
                "\(declaration.help)\(standard)",
                valueName: declaration.key.split(separator: ".").last.map(String.init) ?? "value"))
    }
}
