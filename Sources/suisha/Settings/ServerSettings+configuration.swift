import CommandJobs
import Engine
import Foundation
import Model
import Storage
import Tenancy
import Web

extension ServerSettings {
    /// Reads what is configured.
    ///
    /// - Throws: ``SettingError`` for the first value that is wrong by itself or beside another.
    init(_ settings: EffectiveSettings) throws {
        http = try HTTP(
            host: settings.value(Settings.httpHost), port: settings.value(Settings.httpPort),
            publicOrigin: settings.optional(Settings.httpPublicOrigin),
            allowedHosts: Set(settings.optional(Settings.httpAllowedHosts) ?? []),
            trustedProxies: Self.networks(settings), maximumConnections: settings.value(Settings.httpMaxConnections),
            tokenFile: settings.value(Settings.httpTokenFile))
        dataFolder = try settings.value(Settings.dataFolder)
        databaseURL = try settings.value(Settings.databaseURL)
        objectsURL = try settings.value(Settings.objectsURL)
        redisURL = try Self.redis(settings)
        queueBounds = try DepthBounds(
            total: settings.value(Settings.queueDepth), workspace: settings.value(Settings.workspaceDepth))
        retention = try settings.value(Settings.retention)
        worker = try Worker(
            slots: settings.value(Settings.workerSlots), heartbeat: settings.value(Settings.workerHeartbeat),
            lease: settings.value(Settings.workerLease), drainTime: settings.value(Settings.workerDrain),
            scratch: settings.value(Settings.workerScratch))
        limits = try Limits(
            upload: settings.value(Settings.uploadLimit), duration: settings.value(Settings.durationLimit),
            rates: Self.rates(settings), nodes: settings.value(Settings.nodes))
        fetchAllow = try settings.optional(Settings.fetchAllow) ?? []
        accounts = try Accounts(settings)
        operations = try Operations(settings)
        traces = try Traces(settings)
        speech = try Speech(settings)
        analyser = try Analyser(settings)
        commands = []
        logs = try Logs(level: settings.value(Settings.logLevel), format: settings.value(Settings.logFormat))
        commands = try Self.commands(settings, besides: Workloads.builtInKinds(self))
        if worker.lease < worker.heartbeat * 3 {
            throw SettingError(
                """
                \(settings.place(Settings.workerLease)) is \(TimeText.text(worker.lease)), and \
                \(settings.place(Settings.workerHeartbeat)) is \(TimeText.text(worker.heartbeat)): the lease must be at \
                least three heartbeats long, or one slow answer of the database would take a worker's jobs away.
                """)
        }
    }
}

extension ServerSettings {
    /// The index beside the database, if there is to be one. Jobs live in one database: there is no queue in another.
    private static func redis(_ settings: EffectiveSettings) throws -> Secret? {
        let url = try settings.value(Settings.queueURL)
        if url.revealed.hasPrefix("redis") { return url }
        guard try url == settings.value(Settings.databaseURL) else {
            throw SettingError(
                """
                \(settings.place(Settings.queueURL)) names another database than database.url; jobs live in that one. \
                Leave queue.url out, or name a Redis.
                """)
        }
        return nil
    }

    private static func networks(_ settings: EffectiveSettings) throws -> [NetworkRange] {
        try (settings.optional(Settings.httpTrustedProxies) ?? []).map { text in
            guard let network = NetworkRange(text) else {
                throw SettingError(
                    """
                    \(settings.place(Settings.httpTrustedProxies)) names '\(text)', which is no address or network such as \
                    10.0.0.0/8.
                    """)
            }
            return network
        }
    }

    private static func rates(_ settings: EffectiveSettings) throws -> RateLimits {
        do {
            return try RateLimits(changes: try settings.optional(Settings.rateLimits) ?? "")
        } catch let mistake as RateLimits.Mistake {
            throw SettingError("\(settings.place(Settings.rateLimits)): \(mistake)")
        }
    }

    private static func commands(
        _ settings: EffectiveSettings, besides builtIn: Set<String>
    ) throws -> [CommandKind] {
        do {
            return try CommandKind.all(settings.commands, besides: builtIn)
        } catch let error as CommandSettingsError {
            throw SettingError("\(settings.file ?? "exec"): \(error.message)")
        }
    }
}

extension ServerSettings.Speech {
    fileprivate init(_ settings: EffectiveSettings) throws {
        home = try settings.value(Settings.speechHome)
        model = try settings.value(Settings.speechModel)
        threads = try settings.value(Settings.speechThreads)
        service = try settings.optional(Settings.speechURL).map { url in
            try Service(
                url: url, model: settings.value(Settings.speechURLModel), key: settings.optional(Settings.speechKey))
        }
    }
}

extension ServerSettings.Analyser {
    fileprivate init(_ settings: EffectiveSettings) throws {
        let choice = try settings.value(Settings.analyser)
        if choice == .rules {
            self = .rules
            return
        }
        let place = settings.place(Settings.analyser)
        guard let model = try settings.optional(Settings.analyserModel) else {
            throw SettingError(
                "\(place) is '\(choice.rawValue)', which needs the name of a model: set analyser.model.")
        }
        let languageModel = try LanguageModel(
            url: settings.value(Settings.analyserURL), model: model, key: settings.optional(Settings.analyserKey))
        switch choice {
        case .rules: self = .rules
        case .openai: self = .openai(languageModel)
        case .anthropic:
            guard languageModel.key != nil else {
                throw SettingError(
                    "\(place) is 'anthropic', which needs a key: set analyser.key or SUISHA_ANALYSER_KEY.")
            }
            self = .anthropic(languageModel)
        }
    }
}
