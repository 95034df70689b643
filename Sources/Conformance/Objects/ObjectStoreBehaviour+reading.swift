import Foundation
import NIOCore
import Storage

extension ObjectStoreBehaviour {
    /// What `get`, `info`, `readURL` and `download` promise.
    static let reading: [ObjectStoreBehaviour] = [
        .init("reading what is not there is notFound, and its description is nil") { trial in
            try await trial.expect(.notFound) { _ = try await trial.store.get(trial.key("none"), range: nil) }
            try await trial.expect(.notFound) { _ = try await trial.store.get(trial.key("none"), range: 0..<1) }
            try trial.expect(try await trial.store.info(trial.key("none")) == nil, "something is known of it")
            try trial.expect(try await trial.store.info(trial.key("none/below")) == nil, "something is known of it")
        },
        .init("a range gives exactly its bytes") { trial in
            let bytes = ObjectStoreTrial.bytes(600_000)
            try await trial.put("ranges", bytes)
            for range in [0..<1, 0..<600_000, 599_999..<600_000, 100_000..<500_001, 262_143..<262_145] as [Range<Int64>]
            {
                let content = try await trial.store.get(trial.key("ranges"), range: range)
                try trial.expect(content.range == range, "asked for \(range), told \(content.range)")
                try trial.expect(content.info.size == 600_000, "the size is that of the range: \(content.info.size)")
                let part = try await trial.read("ranges", range: range)
                try trial.expect(
                    part == Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)]), "wrong bytes of \(range)")
            }
        },
        .init("a range that reaches past the end stops there") { trial in
            try await trial.put("short", "0123456789")
            try trial.expect(try await trial.read("short", range: 7..<4_000_000) == Array("789".utf8), "wrong bytes")
            let content = try await trial.store.get(trial.key("short"), range: 7..<(.max))
            try trial.expect(content.range == 7..<10, "its range is \(content.range)")
            for try await _ in content.body {}
        },
        .init("a range without a byte of the object is invalid") { trial in
            try await trial.put("short", "0123456789")
            for range in [10..<11, 11..<20, 4..<4, -1..<3] as [Range<Int64>] {
                try await trial.expect(.invalid) { _ = try await trial.store.get(trial.key("short"), range: range) }
            }
        },
        .init("a reader that stops early leaves the store working") { trial in
            let bytes = ObjectStoreTrial.bytes(3 << 20)
            try await trial.put("left", bytes)
            for _ in 0..<20 {
                let content = try await trial.store.get(trial.key("left"), range: nil)
                for try await buffer in content.body where buffer.readableBytes > 0 { break }
                _ = try await trial.store.get(trial.key("left"), range: nil)
            }
            try trial.expect(try await trial.read("left") == bytes, "other bytes came back")
        },
        .init("many readers at once all get the whole object") { trial in
            let bytes = ObjectStoreTrial.bytes(1 << 20)
            try await trial.put("shared", bytes)
            try await withThrowingTaskGroup { group in
                for _ in 0..<12 {
                    group.addTask { try trial.expect(try await trial.read("shared") == bytes, "other bytes came back") }
                }
                try await group.waitForAll()
            }
        },
        .init("a reader sees one version, whole, while the object is replaced") { trial in
            let versions = [[UInt8](repeating: 1, count: 700_000), [UInt8](repeating: 2, count: 500_000)]
            try await trial.put("replaced", versions[0])
            try await withThrowingTaskGroup { group in
                group.addTask { for turn in 1...10 { try await trial.put("replaced", versions[turn % 2]) } }
                group.addTask {
                    for _ in 0..<10 {
                        let bytes = try await trial.read("replaced")
                        try trial.expect(versions.contains(bytes), "\(bytes.count) bytes of a mixture came back")
                    }
                }
                try await group.waitForAll()
            }
        },
        .init("download leaves the whole file, or none") { trial in
            let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
            defer { try? FileManager.default.removeItem(at: file) }
            let bytes = ObjectStoreTrial.bytes(600_001)
            try await trial.put("download", bytes)
            try await trial.expect(.notFound) { try await trial.store.download(trial.key("none"), to: file) }
            try trial.expect(!FileManager.default.fileExists(atPath: file.path), "a file was left")
            try await trial.store.download(trial.key("download"), to: file)
            try trial.expect(try Data(contentsOf: file) == Data(bytes), "other bytes came back")
        },
    ]
}
