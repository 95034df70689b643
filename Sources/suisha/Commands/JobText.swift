import Foundation
import Model

/// Jobs as text for people.
enum JobText {
    /// A table of jobs.
    static func table(_ jobs: [JobDocument]) -> String {
        TextTable.text(
            head: ["JOB", "KIND", "STATE", "PROGRESS", "CREATED"],
            rows: jobs.map { job in
                let running = job.state == .leased ? job.progress : nil
                let progress = running.map { "\(Int($0.percent)) % \($0.stage)" } ?? "-"
                return [job.id, job.kind, word(job), progress, job.createdAt.description]
            })
    }

    /// Everything about one job.
    static func page(_ job: JobDocument) -> String {
        var lines = [
            ("job", job.id), ("kind", job.kind), ("state", word(job)),
            ("attempt", "\(job.attempt) of \(job.maxAttempts)"),
            ("created", job.createdAt.description),
        ]
        if let time = job.startedAt { lines.append(("started", time.description)) }
        if let time = job.finishedAt { lines.append(("finished", time.description)) }
        if let progress = job.progress, !job.state.isTerminal {
            let words = [
                "\(Int(progress.percent)) %", progress.stage, progress.operation, progress.eta.map(EstimateText.text),
            ]
            lines.append(("progress", words.compactMap { $0 }.joined(separator: " · ")))
        }
        if let needs = job.needs { lines.append(("waits for", needs.joined(separator: " "))) }
        if let caps = job.caps { lines.append(("caps", caps.joined(separator: " "))) }
        if let error = job.error { lines.append(("error", "\(error.message) (\(error.code))")) }
        if let notice = job.notice { lines.append(("notice", notice)) }
        var text = lines.map { TextWidth.padded($0.0, to: 10) + $0.1 + "\n" }.joined()
        if let steps = job.steps, !steps.isEmpty {
            let rows = steps.map { step in
                let seconds = String(format: "%.1f s", (step.finishedAt - step.startedAt).fractionalSeconds)
                return [step.name, step.reused ? "reused" : seconds]
            }
            text += "\n" + TextTable.text(head: ["STEP", "TIME"], rows: rows)
        }
        if let artifacts = job.artifacts, !artifacts.isEmpty { text += "\n" + table(artifacts) }
        return text
    }

    /// A table of files.
    static func table(_ artifacts: [ArtifactDocument]) -> String {
        TextTable.text(
            head: ["FILE", "SIZE", "TYPE"],
            rows: artifacts.map { [$0.name, ByteCount($0.size).description, $0.contentType] })
    }

    /// What to say once a job has ended well.
    static func outcome(_ job: JobDocument) -> [String] {
        guard job.state == .succeeded else { return [] }
        var lines = job.notice.map { [$0] } ?? []
        if let artifacts = job.artifacts, !artifacts.isEmpty {
            lines.append("Made \(artifacts.map(\.name).joined(separator: ", ")).")
            lines.append("Fetch them with: suisha artifacts get \(job.id) --output FOLDER")
        }
        return lines
    }

    private static func word(_ job: JobDocument) -> String {
        job.cancelRequested == true && !job.state.isTerminal ? "\(job.state.rawValue), stopping" : job.state.rawValue
    }
}
