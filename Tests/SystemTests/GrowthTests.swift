import BlobStore
import Conformance
import Foundation
import Testing

extension SystemTests {
    /// The same binary on a PostgreSQL server and an S3 server, by URL.
    @Suite("A1: one process, then several machines")
    struct Growth {
        private static let s3Servers: [String] = ["TEST_S3_NANIO_URL", "TEST_S3_MOTO_URL"]

        @Test("server and workers that share only a database and a bucket make a video", arguments: s3Servers)
        func sharedByURL(name: String) async throws {
            guard let bucket = ProcessInfo.processInfo.environment[name] else {
                guard ProcessInfo.processInfo.environment["CI"] == nil else {
                    throw NeverHappened("CI has no S3 server: run scripts/with-s3 COMMAND")
                }
                try Test.cancel("no S3 server: run scripts/with-s3 COMMAND")
            }
            try await S3ObjectStore(url: bucket, environment: [:]).createBucketIfMissing()
            try await DatabaseFixture.postgres.withPlace { database in
                let shared = ["SUISHA_DATABASE_URL": database, "SUISHA_OBJECTS_URL": bucket]
                try await Installation.with(shared) { front in
                    try await Installation.with(shared) { back in
                        let (_, api) = try await front.server(roles: "api")
                        _ = try back.start(["worker"])
                        try await makesVideo(api)
                    }
                }
            }
        }

        private func makesVideo(_ api: API) async throws {
            let job = try await api.ended(try await api.submitVideo(sample("jfk.flac")))
            #expect(job.state == "succeeded", "\(job.error?.message ?? "")")
            let part = try await api.send(
                "GET", "/api/v1/jobs/\(job.id)/artifacts/video.mp4", headers: ["Range": "bytes=4-7"])
            #expect(part.status == 206 && String(decoding: part.body, as: UTF8.self) == "ftyp")
        }
    }
}
