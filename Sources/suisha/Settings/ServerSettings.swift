import CommandJobs
import Foundation
import Model
import Storage
import Tenancy
import Web

/// Everything that a server or a worker is told, checked.
struct ServerSettings: Sendable {
    var http: HTTP
    var dataFolder: URL
    /// `sqlite:` or `postgres:`; may hold a password.
    var databaseURL: Secret
    /// `file:` or `s3:`; may hold a password.
    var objectsURL: Secret
    /// A Redis that holds the index of ready jobs; nil when the database is the queue. May hold a password.
    var redisURL: Secret?
    /// Jobs that may wait or run.
    var queueBounds: DepthBounds
    /// How long a job is kept after its end.
    var retention: Duration
    var worker: Worker
    var limits: Limits
    /// Private hosts, addresses and networks that recordings may be fetched from.
    var fetchAllow: [String]
    var accounts: Accounts
    var operations: Operations
    /// nil where nothing is traced.
    var traces: Traces?
    var speech: Speech
    var analyser: Analyser
    /// The operator's own kinds of jobs.
    var commands: [CommandKind]
    var logs: Logs

    /// How the HTTP server listens.
    struct HTTP: Sendable {
        var host: String
        var port: Int
        var publicOrigin: URL?
        var allowedHosts: Set<String>
        var trustedProxies: [NetworkRange]
        var maximumConnections: Int
        /// Read and made through ``TokenFile``.
        var tokenFile: URL
    }

    /// How a worker behaves.
    struct Worker: Sendable {
        var slots: Int
        var heartbeat: Duration
        var lease: Duration
        var drainTime: Duration
        var scratch: URL
    }

    /// What is taken in, and how often.
    struct Limits: Sendable {
        var upload: ByteCount
        var duration: Duration
        var rates: RateLimits
        /// How many servers share the database.
        var nodes: Int
    }

    /// Who turns speech into text.
    struct Speech: Sendable {
        var home: URL
        /// The name of a model in ``home``, or a path.
        var model: String
        var threads: Int
        /// Set when an OpenAI-compatible service is used instead of the local model.
        var service: Service?

        /// A transcription service.
        struct Service: Sendable {
            var url: URL
            var model: String
            var key: Secret?
        }
    }

    /// Who finds the diagrams in what was said.
    enum Analyser: Sendable {
        case rules
        case openai(LanguageModel)
        case anthropic(LanguageModel)

        /// A language model behind HTTP.
        struct LanguageModel: Sendable {
            var url: URL
            var model: String
            var key: Secret?
        }
    }

    /// What is written to the log and how.
    struct Logs: Sendable {
        var level: LogThreshold
        var format: LogFormat
    }
}
