import Conformance
import Foundation
import Testing

extension SystemTests {
    /// What people send by mistake or on purpose. Each gets a sentence; the queue goes on.
    @Suite("D1: bad input")
    struct BadInput {
        /// A recording that cannot become a video, and what its owner is told.
        struct Case: Sendable, CustomTestStringConvertible {
            let name: String
            let fileName: String
            /// ffmpeg's arguments that make the file, or nil when `content` is the file.
            var ffmpeg: [String]?
            var content: Data?
            let code: String
            var testDescription: String { name }
        }

        static let cases: [Case] = [
            Case(name: "an empty file", fileName: "a.mp3", content: Data(), code: "empty"),
            Case(
                name: "a text named .mp3", fileName: "a.mp3", content: Data("Hello, I am a text.\n".utf8),
                code: "not-media"),
            Case(
                name: "a video without sound", fileName: "a.mp4",
                ffmpeg: ["-f", "lavfi", "-i", "color=size=64x64:duration=2", "-c:v", "mpeg4"], code: "no-audio"),
            Case(
                name: "a picture of 2,500 megapixels in 180 bytes", fileName: "a.mp3", content: pictureBomb,
                code: "not-media"),
            Case(name: "a three-hour header on one second", fileName: "a.wav", content: lyingWave, code: "incomplete"),
        ]

        /// A PNG of 50,000 by 50,000 pixels, of which nearly all are missing.
        private static var pictureBomb: Data? {
            Data(
                base64Encoded: """
                    iVBORw0KGgoAAAANSUhEUgAAw1AAAMNQAQAAAABj1ABnAAAAeElEQVR42u3BMQEAAADCoPVPbQ0PoAAAAAAAAAAAAA\
                    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
                    AAAAAAAAAAAAAAAAAAAAAAAAAIBXA4avAAEakw3bAAAAAElFTkSuQmCC
                    """)
        }

        /// A WAV header that promises three hours, with one second behind it.
        private static var lyingWave: Data {
            func bytes(_ value: UInt32) -> Data { withUnsafeBytes(of: value.littleEndian) { Data($0) } }
            let promised: UInt32 = 3 * 3_600 * 32_000
            var wave = Data("RIFF".utf8) + bytes(promised + 36) + Data("WAVEfmt ".utf8) + bytes(16)
            wave += Data([1, 0, 1, 0]) + bytes(16_000) + bytes(32_000) + Data([2, 0, 16, 0])
            wave += Data("data".utf8) + bytes(promised)
            for sample in 0..<16_000 { wave += Data([UInt8(sample % 251), UInt8(sample % 31)]) }
            return wave
        }

        @Test("is refused in a sentence, and the next job runs", arguments: cases)
        func isRefused(bad: Case) async throws {
            try await Installation.with { installation in
                let (_, api) = try await installation.server()
                let content =
                    if let content = bad.content { content } else {
                        try await Media.make(bad.ffmpeg ?? [], named: bad.fileName, in: installation.folder)
                    }
                let reply = try await api.upload(content, named: bad.fileName, to: "/api/v1/generate-video")
                if reply.status == 202 {
                    let job = try await api.ended(try reply.decode(API.JobDocument.self).id)
                    #expect(job.state == "dead" && job.attempt == 1)
                    #expect(job.error?.code == bad.code)
                    #expect((job.error?.message.count ?? 0) > 20)
                    #expect(job.artifacts?.contains { $0.name == "video.mp4" } == false)
                } else {
                    #expect((400..<500).contains(reply.status))
                    #expect(reply.headers["content-type"] == "application/problem+json")
                }
                let next = try await api.ended(try await api.submitVideo(sample("jfk.flac")))
                #expect(next.state == "succeeded")
                #expect(Children.working(in: installation.scratch).isEmpty)
                try await eventually("scratch is empty") { try Children.jobFolders(in: installation.scratch).isEmpty }
            }
        }

        @Test(
            "silence and noise give no words and no video", arguments: ["anullsrc=r=16000", "anoisesrc=r=16000:a=0.1"])
        func silenceAndNoise(source: String) async throws {
            try await Installation.with { installation in
                let (_, api) = try await installation.server()
                let recording = try await Media.make(
                    ["-f", "lavfi", "-i", source, "-t", "12"], named: "a.wav", in: installation.folder)
                let job = try await api.ended(try await api.submitVideo(recording, named: "a.wav"))
                #expect(job.state == "succeeded")
                #expect(job.result?.text?.isEmpty != false && job.result?.notice != nil)
                #expect(job.artifacts?.contains { $0.name == "video.mp4" } == false)
            }
        }

        @Test(
            "a URL that leads inside is refused",
            arguments: [
                "http://127.0.0.1:1/a.mp3", "http://localhost/a.mp3", "http://169.254.169.254/latest",
                "http://[::1]/a.mp3",
                "http://0x7f000001/a.mp3", "http://10.0.0.1/a.mp3",
            ])
        func privateAddress(url: String) async throws {
            try await Installation.with { installation in
                let (_, api) = try await installation.server()
                let body = try JSONEncoder().encode(["url": url])
                let reply = try await api.send(
                    "POST", "/api/v1/generate-video", headers: ["Content-Type": "application/json"], body: body)
                let job = try await api.ended(try reply.decode(API.JobDocument.self).id)
                #expect(job.state == "dead" && job.attempt == 1)
                #expect(job.error?.code == "fetch-forbiddenAddress")
            }
        }

        @Test("a caller who waits for a transcript that fails leaves the recording to the job")
        func failedWait() async throws {
            try await Installation.with { installation in
                let (_, api) = try await installation.server()
                let reply = try await api.upload(
                    Data("This is no recording.".utf8), named: "a.mp3", to: "/api/v1/transcribe",
                    headers: ["Prefer": "wait=60"])
                #expect(reply.status == 422)
                let uploads = installation.folder.appending(path: "data/objects/uploads+")
                #expect(try FileManager.default.contentsOfDirectory(atPath: uploads.path).count == 1)
            }
        }

        @Test("a full disk is told as such and tried again later, and the queue goes on", .enabled(if: Media.canMount))
        func fullDisk() async throws {
            try await Installation.with { installation in
                let (_, api) = try await installation.server(scratchSize: 2)
                // Two minutes take 4 MB once they are decoded.
                let recording = try await Media.make(
                    ["-f", "lavfi", "-i", "sine=frequency=300:duration=120", "-b:a", "32k"], named: "a.mp3",
                    in: installation.folder)
                let id = try await api.submitVideo(recording, named: "a.mp3")
                let failure = try await eventually("the job fails", within: .seconds(60)) {
                    try await api.job(id).error
                }
                #expect(failure.message.contains("No space left") || failure.message.contains("disk"))
                #expect(try await api.job(id).state != "dead")
                let reply = try await api.send(
                    "POST", "/api/v1/generate-diagram", headers: ["Content-Type": "application/json"],
                    body: try JSONEncoder().encode(["text": "First we mix. Then we knead. Finally we bake the bread."]))
                let next = try await api.ended(try reply.decode(API.JobDocument.self).id)
                #expect(next.state == "succeeded", "\(next.error?.message ?? "")")
            }
        }

        @Test("a program that is missing is named, with the way to install it", arguments: ["dot", "ffmpeg"])
        func missingProgram(program: String) async throws {
            try await Installation.with { installation in
                // A machine without the program: every other one is reached through links in a folder of its own.
                let programs = try Media.programs(without: program, in: installation.folder)
                let (_, api) = try await installation.server(environment: ["PATH": programs.path])
                let job = try await api.ended(try await api.submitVideo(sample("order-ja.flac")))
                #expect(job.state == "dead" && job.error?.code == "program-missing")
                #expect(job.error?.message.contains("apt-get install") == true)
            }
        }
    }
}

/// Files and folders that the tests need from the machine's own programs.
enum Media {
    /// Whether this user may mount a file system that only its own processes see.
    static let canMount: Bool = {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/unshare")
        process.arguments = ["--mount", "--map-root-user", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    /// Runs ffmpeg and returns what it wrote.
    static func make(_ arguments: [String], named name: String, in folder: URL) async throws -> Data {
        let file = folder.appending(path: "made-\(UUID().uuidString)-\(name)")
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["ffmpeg", "-nostdin", "-v", "error"] + arguments + [file.path]
        try process.run()
        try await eventually("ffmpeg has made \(name)") { !process.isRunning }
        guard process.terminationStatus == 0 else { throw NeverHappened("ffmpeg cannot make \(name)") }
        return try Data(contentsOf: file)
    }

    /// A folder with a link to every program of the machine but one.
    static func programs(without missing: String, in folder: URL) throws -> URL {
        let programs = folder.appending(path: "programs")
        try FileManager.default.createDirectory(at: programs, withIntermediateDirectories: true)
        for place in ["/usr/bin", "/usr/sbin", "/usr/local/bin"] {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? [] where name != missing {
                try? FileManager.default.createSymbolicLink(
                    atPath: programs.appending(path: name).path, withDestinationPath: "\(place)/\(name)")
            }
        }
        return programs
    }
}
