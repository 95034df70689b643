import CommandJobs
import Engine
import Foundation
import Model
import Outbound
import SpeechVideo
import Storage
import Web

/// The workloads of this program: one line each.
enum Workloads {
    static func all(_ settings: ServerSettings, on database: any SQLDatabase) -> [Workload] {
        configured(settings) + [WorkspaceArchives.workload(database, plans: settings.accounts.plans)]
    }

    /// Those that need nothing but settings.
    static func configured(_ settings: ServerSettings) -> [Workload] {
        [
            SpeechVideoWorkload.workload(settings),
            CommandWorkload.workload(settings.commands),
        ]
    }

    /// The kinds that are there whatever is configured.
    static func builtInKinds(_ settings: ServerSettings) -> Set<String> {
        Set(SpeechVideoWorkload.workload(settings).kinds.map(\.name)).union([WorkspaceArchives.kind])
    }

    /// What they need from this machine.
    static func checks(_ settings: ServerSettings) -> [HealthCheck] {
        configured(settings).flatMap(\.checks)
    }

    /// What the first page offers: the kind of job that a dropped file becomes.
    static var startForm: StartForm {
        let sample = Bundled.file("samples/jfk.flac").map { StartForm.Sample(file: $0, contentType: "audio/flac") }
        return StartForm(
            kind: SpeechVideoWorkload.videoKind, accepts: "audio/*,video/*", languages: ["en", "ja"], sample: sample)
    }
}
