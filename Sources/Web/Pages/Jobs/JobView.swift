import Foundation
import Model

/// A job as lists and pages show it.
struct JobView {
    let id: String
    let title: String
    let kindLabel: String
    let stateLabel: String
    /// What the colour of the badge says.
    let tone: String
    /// Whether there is something to follow.
    let active: Bool
    /// Whether it makes progress right now.
    let isRunning: Bool
    let percent: Int
    let operation: String
    let position: String
    let createdAt: String
    let createdText: String
    /// The page of the job.
    let url: String

    init(_ job: Job, _ texts: PageTexts) {
        id = job.id.description
        title = JobTitle.of(job) ?? texts("untitled")
        kindLabel = texts.label("kind", job.kind)
        stateLabel = texts.label("state", job.state.rawValue)
        tone =
            switch job.state {
            case .leased: "running"
            case .succeeded: "done"
            case .dead: "failed"
            case .canceled, .expired: "ended"
            case .scheduled, .blocked, .parked, .ready: "waiting"
            }
        active = !job.state.isTerminal
        isRunning = job.state == .leased
        percent = Int(job.progress?.percent ?? 0)
        operation = job.progress.map { $0.operation ?? texts.label("stage", $0.stage) } ?? ""
        position = String(job.position)
        createdAt = job.createdAt.description
        createdText = job.createdAt.description.prefix(16).replacing("T", with: " ") + " UTC"
        url = "/jobs/\(job.id)"
    }
}

/// What to call a job: what its input names first of an uploaded file, an address and a text.
enum JobTitle {
    private struct Input: Decodable {
        struct Upload: Decodable { let name: String? }
        let upload: Upload?
        let url: String?
        let text: String?
    }

    static func of(_ job: Job) -> String? {
        guard let input = try? job.input.decode(Input.self) else { return nil }
        if let name = input.upload?.name, !name.isEmpty { return name }
        if let url = input.url.flatMap(URL.init(string:)) {
            let last = url.lastPathComponent
            return last.isEmpty || last == "/" ? url.host() : last
        }
        guard let text = input.text?.split(whereSeparator: { $0.isNewline || "。.!?！？".contains($0) }).first else {
            return nil
        }
        return shortened(text.drop(while: \.isWhitespace))
    }

    /// At most about 60 columns; characters of East Asian scripts take two.
    private static func shortened(_ text: Substring) -> String {
        var columns = 0
        for index in text.indices {
            columns += text[index].unicodeScalars.contains { $0.value >= 0x2E80 } ? 2 : 1
            if columns > 60 { return text[..<index] + "…" }
        }
        return String(text)
    }
}
