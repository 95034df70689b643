import Foundation
import Model
import Storage

/// The page of one job as its template shows it.
struct JobPage {
    struct Stage {
        let name: String
        let label: String
        /// `done`, `now` or `next`.
        let status: String
    }

    struct Ending {
        let title: String
        let message: String
        let code: String?
    }

    struct Video {
        let url: String
        let poster: String?
        let captions: String?
        let chapters: String?
    }

    struct File {
        let name: String
        let url: String
        let size: String
    }

    let job: JobView
    let fields: [String: Any]

    init(_ job: Job, artifacts: [Artifact], stages: [String], _ texts: PageTexts) {
        self.job = JobView(job, texts)
        let files = artifacts.map { ($0, ArtifactDocument($0, of: job.id).url) }
        let video = Self.video(files)
        let transcript = files.first { $0.0.name == "transcript.json" }?.1
        let pictures = Self.pictures(files)
        let downloads = files.sorted { Self.rank($0.0) < Self.rank($1.0) }
            .map { File(name: $0.0.name, url: $0.1, size: ByteCount($0.0.size).description) }
        let isDone = job.state == .succeeded
        var fields: [String: Any] = [
            "job": self.job, "stages": Self.stages(stages, of: job, texts), "cancelRequested": job.cancelRequested,
            "hasResult": isDone, "pictures": pictures, "hasPictures": !pictures.isEmpty, "downloads": downloads,
            "hasDownloads": !downloads.isEmpty,
        ]
        fields["etaLow"] = job.progress?.eta.map { String($0.lowMilliseconds) }
        fields["etaHigh"] = job.progress?.eta.map { String($0.highMilliseconds) }
        fields["failure"] = job.state.isTerminal ? nil : job.failure
        fields["ended"] = Self.ending(of: job, texts)
        if isDone {
            fields["video"] = video
            fields["sound"] = files.first { $0.0.contentType.hasPrefix("audio/") }?.1
            fields["transcript"] = transcript
            fields["hasMedia"] = fields["video"] != nil || fields["sound"] != nil || transcript != nil
        }
        if let start = job.startedAt, let end = job.finishedAt, isDone {
            fields["duration"] = texts("took", ["time": texts.span(end - start)])
        }
        self.fields = fields
    }

    /// What people want first comes first; within a rank the order by name stays.
    private static func rank(_ artifact: Artifact) -> Int {
        let order = [
            "video/", "audio/", "text/plain", "text/vtt", "application/x-subrip", "image/", "application/json",
        ]
        return order.firstIndex { artifact.contentType.hasPrefix($0) } ?? order.count
    }

    private static func stages(_ names: [String], of job: Job, _ texts: PageTexts) -> [Stage] {
        let now = job.progress.flatMap { names.firstIndex(of: $0.stage) }
        return names.enumerated().map { index, name in
            let status = now.map { index < $0 ? "done" : index == $0 ? "now" : "next" } ?? "next"
            return Stage(name: name, label: texts.label("stage", name), status: status)
        }
    }

    private static func ending(of job: Job, _ texts: PageTexts) -> Ending? {
        switch job.state {
        case .dead: .init(title: texts("failed_title"), message: job.failure?.message ?? "", code: job.failure?.code)
        case .canceled: .init(title: texts("canceled_title"), message: texts("canceled_text"), code: nil)
        case .expired: .init(title: texts("expired_title"), message: texts("expired_text"), code: nil)
        case .succeeded, .scheduled, .blocked, .parked, .ready, .leased: nil
        }
    }

    private static func video(_ files: [(Artifact, String)]) -> Video? {
        guard let video = files.first(where: { $0.0.contentType.hasPrefix("video/") }) else { return nil }
        func url(_ type: String, where matches: (String) -> Bool) -> String? {
            files.first { $0.0.contentType.hasPrefix(type) && matches($0.0.name) }?.1
        }
        return Video(
            url: video.1, poster: url("image/") { $0.hasPrefix("thumbnail") },
            captions: url("text/vtt") { !$0.hasPrefix("chapters") },
            chapters: url("text/vtt") { $0.hasPrefix("chapters") })
    }

    /// One of each picture, as a drawing where there is one, in the order of their numbers.
    private static func pictures(_ files: [(Artifact, String)]) -> [File] {
        var best: [String: (Artifact, String)] = [:]
        for file in files where file.0.contentType.hasPrefix("image/") && !file.0.name.hasPrefix("thumbnail") {
            let stem = file.0.name.split(separator: ".").first.map(String.init) ?? file.0.name
            if best[stem] == nil || file.0.contentType.hasPrefix("image/svg") { best[stem] = file }
        }
        return best.values.sorted { $0.0.name.compare($1.0.name, options: .numeric) == .orderedAscending }
            .map { File(name: $0.0.name, url: $0.1, size: ByteCount($0.0.size).description) }
    }
}
