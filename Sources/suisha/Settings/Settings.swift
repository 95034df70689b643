import Foundation
import Model

/// Every setting there is. Flags, environment variables, keys of the YAML file, `suisha config` and docs/configuration.md
/// follow from these declarations.
enum Settings {
    // MARK: HTTP

    static let httpHost = Setting(
        "http.host", .text("a host name or an IP address"), default: .text("127.0.0.1"),
        "The address to listen on. Anything but this machine needs the token of the token file.")
    static let httpPort = Setting(
        "http.port", .integer(0...65_535), default: .text("8080"), "The port to listen on; 0 takes any free one.")
    static let httpPublicOrigin = Setting(
        "http.public_origin", .httpOrigin,
        "Where people reach the server when it stands behind a proxy, such as https://suisha.example.com.")
    static let httpAllowedHosts = Setting(
        "http.allowed_hosts", .list(of: "host names"),
        "Other names under which browsers may reach the server; a request for any other name is refused.")
    static let httpTrustedProxies = Setting(
        "http.trusted_proxies", .list(of: "addresses or networks"),
        """
        The proxies before this server, such as 10.0.0.0/8. Only what they say about a client's address is believed; \
        without them, the address of the connection counts.
        """)
    static let httpMaxConnections = Setting(
        "http.max_connections", .integer(1...100_000), default: .text("10000"),
        "Connections at the same time; more wait in the socket's backlog. WebSockets take at most three quarters.")
    static let httpTokenFile = Setting(
        "http.token_file", .path, default: .derived(shown: "`token` in the data folder") { try $0.inData("token") },
        "The file with the token that callers of the API send; made at the first start, readable by its owner only.")

    // MARK: Data

    static let dataFolder = Setting(
        "data.folder", .path, default: .text("suisha-data"), "The folder for everything that has no place of its own.")
    static let databaseURL = Setting(
        "database.url", .url(schemes: ["sqlite", "postgres", "postgresql"]),
        default: .derived(shown: "`sqlite:` and `suisha.db` in the data folder") {
            "sqlite:" + (try $0.inData("suisha.db"))
        },
        "The database: sqlite:/path/to/file.db or postgres://user:password@host/database.")
    static let objectsURL = Setting(
        "objects.url", .url(schemes: ["file", "s3"]),
        default: .derived(shown: "`file://` and `objects` in the data folder") {
            URL(filePath: try $0.inData("objects"), directoryHint: .isDirectory).absoluteString
        },
        "Where uploads and results lie: file:///folder or s3://key:secret@host/bucket.")

    // MARK: Jobs and workers

    static let queueURL = Setting(
        "queue.url",
        .url(schemes: [
            "sqlite", "postgres", "postgresql", "redis", "rediss", "redis+sentinel", "rediss+sentinel", "redis+unix",
        ]),
        default: .derived(shown: "`database.url`") { try $0.value(databaseURL).revealed },
        """
        What tells workers which job is next: the database itself, or redis://host:6379 for an index beside it that may \
        be lost at any time.
        """)
    static let queueDepth = Setting(
        "queue.max_depth", .integer(1...100_000_000), default: .text("1000000"),
        "Jobs that may wait or run; beyond that, submissions are refused with 503 until some have ended.")
    static let workspaceDepth = Setting(
        "queue.max_workspace_depth", .integer(1...100_000_000), default: .text("200000"),
        "The same for the jobs of one workspace.")
    static let retention = Setting(
        "queue.retention", .duration((.seconds(3_600))...(.seconds(3_650 * 86_400))), default: .text("30d"),
        """
        How long a job is kept after its end, with its journal and its uploads, where its workspace's plan has no \
        `retention_days`.
        """)
    static let workerSlots = Setting(
        "worker.slots", .integer(1...256), default: .text("2"), "Jobs that one worker runs at the same time.")
    static let workerHeartbeat = Setting(
        "worker.heartbeat", .duration(.milliseconds(100)...(.seconds(600))), default: .text("5s"),
        "How often a worker renews its hold on its jobs.")
    static let workerLease = Setting(
        "worker.lease", .duration(.milliseconds(300)...(.seconds(3_600))), default: .text("15s"),
        "How long after its last sign of life a worker's jobs go to another one; at least three heartbeats.")
    static let workerDrain = Setting(
        "worker.drain_time", .duration(.zero...(.seconds(86_400))), default: .text("20s"),
        "How long running jobs may go on after a stop was asked for; then they are handed back.")
    static let workerScratch = Setting(
        "worker.scratch", .path, default: .derived(shown: "`scratch` in the data folder") { try $0.inData("scratch") },
        "The folder for the temporary files of running jobs.")

    // MARK: What is taken in

    static let uploadLimit = Setting(
        "limits.upload", .size(.kibibytes(1)...(.gibibytes(64))), default: .text("2GiB"), "The largest recording.")
    static let durationLimit = Setting(
        "limits.duration", .duration(.seconds(1)...(.seconds(86_400))), default: .text("4h"), "The longest recording.")
    static let rateLimits = Setting(
        "limits.rate", .text("classes with their limits"),
        """
        Other limits than the usual ones for calls of one caller, such as `read=240/min, sign-in=5/min, upload=off`. The \
        classes are in docs/api.md.
        """)
    static let nodes = Setting(
        "limits.nodes", .integer(1...1_000), default: .text("1"),
        "How many servers share the database: while what they count calls in is away, each lets its share through.")
    static let fetchAllow = Setting(
        "fetch.allow", .list(of: "host names, addresses or networks"),
        "Private hosts that recordings may be fetched from, such as media.internal or 10.1.0.0/16; public ones always may."
    )

    // MARK: Speech

    static let speechHome = Setting(
        "speech.home", .path,
        default: .derived(shown: "`share/suisha/speech` beside an installed program, or `.build-speech`") { _ in
            SpeechHome.standard()
        },
        "The folder with the speech models, as scripts/setup-speech makes it.")
    static let speechModel = Setting(
        "speech.model", .text("the name of a model in the speech home, or a path"), default: .text("base"),
        "The speech model: base knows many languages, tiny.en is faster and knows English.")
    static let speechThreads = Setting(
        "speech.threads", .integer(1...64),
        default: .derived(shown: "the number of processors, at most 4") { _ in
            String(min(4, max(1, ProcessInfo.processInfo.activeProcessorCount)))
        },
        "Processor threads of one transcription.")
    static let speechURL = Setting(
        "speech.url", .httpAddress,
        "An OpenAI-compatible transcription service to use instead of the local model, such as https://api.openai.com/v1."
    )
    static let speechURLModel = Setting(
        "speech.url_model", .text("a name"), default: .text("whisper-1"), "The model to ask that service for.")
    static let speechKey = Setting("speech.key", .secret, "The key for that service.")

    // MARK: Analysis

    static let analyser = Setting(
        "analyser.engine", .choice(AnalyserChoice.self), default: .text("rules"),
        "Who finds the diagrams in what was said: rules works offline; the others ask a language model.")
    static let analyserURL = Setting(
        "analyser.url", .httpAddress,
        default: .derived(shown: "the public address of OpenAI or Anthropic") { settings in
            switch try settings.value(analyser) {
            case .rules, .openai: "https://api.openai.com/v1"
            case .anthropic: "https://api.anthropic.com"
            }
        },
        "Where that language model is; any OpenAI-compatible or Anthropic endpoint.")
    static let analyserModel = Setting("analyser.model", .text("a name"), "The language model to ask for.")
    static let analyserKey = Setting("analyser.key", .secret, "The key for the language model.")

    // MARK: Logs

    static let logLevel = Setting(
        "log.level", .choice(LogThreshold.self), default: .text("info"),
        "The least important messages that are written.")
    static let logFormat = Setting(
        "log.format", .choice(LogFormat.self), default: .text("auto"),
        "How they are written: auto takes text on a terminal and JSON elsewhere.")

    // MARK: For commands that call a server

    static let server = Setting(
        "server", .httpAddress,
        default: .derived(shown: "`http.host` and `http.port`") { settings in
            let host = try settings.value(httpHost)
            let name = ["0.0.0.0", "::", ""].contains(host) ? "127.0.0.1" : host
            return "http://\(name.contains(":") ? "[\(name)]" : name):\(try settings.value(httpPort))"
        },
        "The server that submit, jobs and artifacts call.")
    static let token = Setting(
        "token", .secret,
        "The token or API key to call it with; else the login of 'suisha login' counts, else the token file.")
    static let workspace = Setting(
        "workspace", .text("the id or the name of a workspace"),
        "The workspace that commands act in; else the one of 'suisha workspace use'.")

    /// Every setting, in the order of the reference.
    static let all: [SettingDeclaration] = beforeAccounts + accounts + operations + traces + afterAccounts

    private static let beforeAccounts: [SettingDeclaration] = [
        httpHost.declaration, httpPort.declaration, httpPublicOrigin.declaration, httpAllowedHosts.declaration,
        httpTrustedProxies.declaration, httpMaxConnections.declaration, httpTokenFile.declaration,
        dataFolder.declaration, databaseURL.declaration, objectsURL.declaration,
        queueURL.declaration, queueDepth.declaration, workspaceDepth.declaration, retention.declaration,
        workerSlots.declaration, workerHeartbeat.declaration, workerLease.declaration,
        workerDrain.declaration, workerScratch.declaration,
        uploadLimit.declaration, durationLimit.declaration, rateLimits.declaration, nodes.declaration,
        fetchAllow.declaration,
    ]

    private static let afterAccounts: [SettingDeclaration] = [
        speechHome.declaration, speechModel.declaration, speechThreads.declaration, speechURL.declaration,
        speechURLModel.declaration, speechKey.declaration,
        analyser.declaration, analyserURL.declaration, analyserModel.declaration, analyserKey.declaration,
        logLevel.declaration, logFormat.declaration,
        server.declaration, token.declaration, workspace.declaration,
    ]
}
