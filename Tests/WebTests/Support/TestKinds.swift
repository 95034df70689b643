import Endpoints
import Engine
import Foundation
import Model
import Storage
import Synchronization

/// Kinds of jobs that do what a test tells them.
enum TestKinds {
    static func all(_ steering: Steering) -> [JobKind] { [echo, copy, gate(steering), failing] }

    /// Answers with its input.
    private static var echo: JobKind {
        JobKind(
            name: "echo", summary: "Repeats", input: .object([.init("text", .string(), required: true, "What.")]),
            stages: ["say"], validate: validate
        ) { context in
            try await context.stage("say") {
                context.log(.info, "saying", ["length": "4"])
                return ((), false)
            }
            return context.job.input
        }
    }

    /// Publishes the uploaded file and some others.
    private static var copy: JobKind {
        JobKind(
            name: "copy", summary: "Copies a file", input: .any, stages: ["read", "write"], validate: validate,
            inputFromUpload: { file, options in
                guard options["language"] != "xx" else {
                    throw Problem(.unprocessable, "There is no language 'xx'.", field: "language")
                }
                return try JSONText(
                    encoding: CopyInput(
                        upload: .init(object: file.object, name: file.fileName, sha256: file.sha256), options: options))
            }
        ) { context in
            let input = try context.job.input.decode(CopyInput.self)
            let file = try context.scratch.appendingPathComponent("copy")
            try await context.stage("read") {
                try await context.objects.download(input.upload.object, to: file)
                return ((), false)
            }
            try await context.stage("write") {
                let text = try context.scratch.appendingPathComponent("page.html")
                try Data("<script>alert(1)</script>".utf8).write(to: text)
                let page = try await context.storeFile(text, contentType: "text/html")
                let stored = try await context.storeFile(file, contentType: "video/mp4")
                let picture = try await context.storeFile(file, contentType: "image/svg+xml")
                try await context.publish([("video.mp4", stored), ("名前 1.html", page), ("scene-1.svg", picture)])
                return ((), false)
            }
            return try JSONText(encoding: ["copied": input.upload.name])
        }
    }

    /// Runs until the test lets it go, and reports what it is told in between.
    private static func gate(_ steering: Steering) -> JobKind {
        JobKind(
            name: "gate", summary: "Waits", input: .any, stages: ["wait", "end"], validate: validate
        ) { context in
            try await context.stage("wait") {
                for await word in steering.words(for: context.job.id.description) {
                    if word == "end" { break }
                    if let share = Double(word) { context.advance("wait", to: share, operation: "waiting") }
                    context.log(.info, word)
                }
                try Task.checkCancellation()
                return ((), false)
            }
            return .emptyObject
        }
    }

    /// Fails for good.
    private static var failing: JobKind {
        JobKind(name: "fail", summary: "Fails", input: .any, stages: [], validate: validate) { _ in
            throw JobFailure(code: "broken", message: "It is <b>broken</b>. Mend it.", retryable: false)
        }
    }

    private struct CopyInput: Codable {
        struct Upload: Codable {
            let object: String
            let name: String
            let sha256: String
        }
        let upload: Upload
        let options: [String: String]
    }

    private static let validate: @Sendable (JSONText) throws -> JSONText = { text in
        guard text.text.hasPrefix("{") else {
            throw Problem(.unprocessable, "The input must be an object.", field: "input")
        }
        guard !text.text.contains("bad") else { throw Problem(.unprocessable, "This is bad.", field: "text") }
        return text
    }
}

/// Tells waiting jobs what to do.
final class Steering: Sendable {
    private struct State {
        var open: [String: AsyncStream<String>.Continuation] = [:]
        var early: [String: [String]] = [:]
        var isReleased = false
    }

    private let state = Mutex(State())

    /// Says a word to a job: a number advances it, `end` ends it, anything else it logs.
    func say(_ word: String, to job: String) {
        state.withLock { state in
            if let continuation = state.open[job] {
                continuation.yield(word)
            } else {
                state.early[job, default: []].append(word)
            }
        }
    }

    func releaseAll() {
        let open = state.withLock { state in
            state.isReleased = true
            return Array(state.open.values)
        }
        for continuation in open { continuation.finish() }
    }

    fileprivate func words(for job: String) -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        state.withLock { state in
            for word in state.early.removeValue(forKey: job) ?? [] { continuation.yield(word) }
            if state.isReleased { continuation.finish() }
            state.open[job] = continuation
        }
        // What is said after a run has ended is for the next one.
        continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.open[job] = nil } }
        return stream
    }
}
