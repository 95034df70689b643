import Foundation
import Model
import Synchronization

/// One run of the demo: a server in this process, and a client that uses it as anybody would.
struct DemoRun: Sendable {
    let input: DemoInput
    /// The folder for the files.
    let results: String
    /// Whether the server stays until somebody stops it.
    let stays: Bool
    let settings: ServerSettings

    private enum Ending: Sendable {
        /// The files are there.
        case done
        /// The server ended before it could be used.
        case notReady
        /// The server ended, because somebody stopped it.
        case serverEnded
    }

    /// Runs to the end of the job, or, where the server stays, until it is stopped.
    ///
    /// - Throws: ``CommandFailure`` when the job did not succeed or the server did not start.
    func run() async throws {
        let (ready, announce) = AsyncStream.makeStream(of: ServerAddress.self, bufferingPolicy: .bufferingNewest(1))
        try await withThrowingTaskGroup(of: Ending.self) { group in
            group.addTask {
                defer { announce.finish() }
                try await Server.run(settings, roles: [.api, .worker]) { announce.yield($0) }
                return .serverEnded
            }
            group.addTask {
                guard let address = await ready.first(where: { _ in true }) else { return .notReady }
                try await use(address)
                return .done
            }
            switch try await group.next() {
            case .notReady:
                // What kept the server from starting comes from its own task.
                _ = try await group.next()
                throw CommandFailure("The server ended before it was ready.")
            case .serverEnded:
                throw CommandFailure("Stopped before the video was ready.", .interrupted)
            case .done, nil:
                if stays {
                    _ = try await group.next()
                } else {
                    group.cancelAll()
                    // What a server says that is told to stop matters to nobody any more; its log has it.
                    _ = try? await group.next()
                }
            }
        }
    }

    private func use(_ address: ServerAddress) async throws {
        let token = try TokenFile(url: settings.http.tokenFile).read()
        let job = try await ServerClient.with(address.url, token: token) { client in
            let what = input.isSample ? "the sample (\(input.location))" : input.location
            Terminal.note("Turning \(what) into a video")
            let submission = try Submission(
                kind: "generate-video", input: input.location, options: [:], idempotencyKey: nil)
            let submitted = try await client.submit(submission)
            let ended = try await follow(submitted.document.id, with: client, shows: true, json: false).document
            try await DemoResults.fetch(ended, with: client, into: results)
            return ended
        }
        try job.throwUnlessSucceeded()
        for line in DemoResults.lines(job, in: results) { print(line) }
        guard job.artifacts?.contains(where: { $0.name == "video.mp4" }) == true else {
            throw CommandFailure(job.notice ?? "The job made no video.", .jobFailed)
        }
        if stays {
            print("  \(TextWidth.padded("server", to: 12)) \((address.signIn ?? address.url).absoluteString)")
            print("The server stays up; Control-C stops it.")
        }
        // Through a pipe, output would wait for the end otherwise.
        fflush(nil)
    }
}
