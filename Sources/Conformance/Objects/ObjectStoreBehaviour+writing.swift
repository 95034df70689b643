import Crypto
import Foundation
import NIOCore
import Storage

extension ObjectStoreBehaviour {
    /// What `put`, `delete` and `check` promise.
    static let writing: [ObjectStoreBehaviour] = [
        .init("a stored object comes back byte for byte, with its description") { trial in
            let info = try await trial.put("a/b.txt", "hello", onlyIfAbsent: false)
            try trial.expect(info.key == trial.key("a/b.txt") && info.size == 5, "put returned \(info)")
            try trial.expect(try await trial.read("a/b.txt") == Array("hello".utf8), "other bytes came back")
            let later = try await trial.store.info(trial.key("a/b.txt"))
            try trial.expect(later == info, "info says \(String(describing: later)), put said \(info)")
            try trial.expect(later?.contentType == "text/plain", "the content type is lost")
        },
        .init("put returns the SHA-256 of what was stored") { trial in
            for count in [0, 1, 70_000] {
                let bytes = ObjectStoreTrial.bytes(count)
                let digest = SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
                let info = try await trial.put("sum-\(count)", bytes)
                try trial.expect(info.sha256 == digest, "\(count) bytes: \(info.sha256 ?? "none"), not \(digest)")
                let kept = try await trial.store.info(trial.key("sum-\(count)"))?.sha256
                try trial.expect(kept == nil || kept == digest, "the store keeps the wrong sum \(kept ?? "")")
            }
        },
        .init("an empty body is an object") { trial in
            let info = try await trial.put("empty", [])
            try trial.expect(info.size == 0, "its size is \(info.size)")
            try trial.expect(try await trial.read("empty").isEmpty, "it has bytes")
        },
        .init("a body of many megabytes in odd pieces comes back whole") { trial in
            let bytes = ObjectStoreTrial.bytes(20 << 20 | 12_345)
            let body = TestBody(bytes: bytes, pieceLength: 77_777)
            let info = try await trial.store.put(
                trial.key("large"), body, contentType: "video/mp4", limit: Int64(bytes.count), onlyIfAbsent: false)
            try trial.expect(info.size == Int64(bytes.count), "its size is \(info.size)")
            try trial.expect(try await trial.read("large") == bytes, "other bytes came back")
            let later = try await trial.store.info(trial.key("large"))
            try trial.expect(later?.entityTag == info.entityTag, "its entity tag changed by itself")
            try trial.expect(later?.contentType == "video/mp4", "the content type is lost")
        },
        .init("a second put replaces the object and changes its entity tag") { trial in
            let first = try await trial.put("again", "one")
            let second = try await trial.put("again", "another")
            try trial.expect(first.entityTag != second.entityTag, "the entity tag stayed")
            try trial.expect(try await trial.read("again") == Array("another".utf8), "the old bytes came back")
        },
        .init("put with onlyIfAbsent leaves an existing object alone") { trial in
            try await trial.put("once", "first", onlyIfAbsent: true)
            try await trial.expect(.conflict) { try await trial.put("once", "second", onlyIfAbsent: true) }
            try trial.expect(try await trial.read("once") == Array("first".utf8), "it was replaced")
        },
        .init("a large put with onlyIfAbsent leaves an existing object alone") { trial in
            try await trial.put("once-large", "first")
            try await trial.expect(.conflict) {
                try await trial.put("once-large", ObjectStoreTrial.bytes(9 << 20), onlyIfAbsent: true)
            }
            try trial.expect(try await trial.read("once-large") == Array("first".utf8), "it was replaced")
        },
        .init("of several puts with onlyIfAbsent at once, one wins") { trial in
            let winners = await withTaskGroup { group in
                for number in 0..<8 {
                    group.addTask {
                        (try? await trial.put("race", "writer \(number)", onlyIfAbsent: true)) == nil ? [] : [number]
                    }
                }
                return await group.reduce([], +)
            }
            try trial.expect(winners.count == 1, "the winners are \(winners)")
            let stored = String(decoding: try await trial.read("race"), as: UTF8.self)
            try trial.expect(stored == "writer \(winners[0])", "\(winners[0]) won, but '\(stored)' is stored")
        },
        .init("a body longer than the limit leaves nothing") { trial in
            for count in [100_001, 9 << 20] {
                try await trial.expect(.tooLarge) {
                    try await trial.put("long", ObjectStoreTrial.bytes(count), limit: 100_000)
                }
            }
            try await trial.put("exact", ObjectStoreTrial.bytes(100_000), limit: 100_000)
            try trial.expect(try await trial.names() == ["exact"], "something was left")
        },
        .init("a body longer than the limit leaves the old object") { trial in
            try await trial.put("kept", "old")
            try await trial.expect(.tooLarge) {
                try await trial.put("kept", ObjectStoreTrial.bytes(17 << 20), limit: 16 << 20)
            }
            try trial.expect(try await trial.read("kept") == Array("old".utf8), "it was replaced")
        },
        .init("a body that fails passes its error on and leaves nothing") { trial in
            for count in [10, 9 << 20] {
                let body = TestBody(bytes: ObjectStoreTrial.bytes(count), breaks: true)
                do {
                    _ = try await trial.store.put(
                        trial.key("broken"), body, contentType: "text/plain", limit: .max, onlyIfAbsent: false)
                    throw BrokenPromise(description: "the put of a broken body succeeded")
                } catch is TestBody.Broken {}
            }
            try trial.expect(try await trial.names().isEmpty, "something was left")
        },
        .init("a cancelled put leaves nothing") { trial in
            let body = TestBody(bytes: ObjectStoreTrial.bytes(9 << 20)) { offset in
                if offset > 8 << 20 { withUnsafeCurrentTask { $0?.cancel() } }
            }
            let failure = await withTaskGroup(of: (any Error)?.self) { group in
                group.addTask {
                    do {
                        _ = try await trial.store.put(
                            trial.key("canceled"), body, contentType: "text/plain", limit: .max, onlyIfAbsent: false)
                        return nil
                    } catch {
                        return error
                    }
                }
                return await group.next() ?? nil
            }
            try trial.expect(
                (failure as? StorageError)?.code == .canceled, "it ended with \(String(describing: failure))")
            try trial.expect(try await trial.names().isEmpty, "something was left")
        },
        .init("a local file is stored like a body") { trial in
            let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
            defer { try? FileManager.default.removeItem(at: file) }
            for count in [0, 3, 9 << 20] {
                let bytes = ObjectStoreTrial.bytes(count)
                try Data(bytes).write(to: file)
                let name = "file-\(count)"
                let info = try await trial.store.put(
                    trial.key(name), file: file, contentType: "audio/wav", onlyIfAbsent: true)
                try trial.expect(info.size == Int64(count), "its size is \(info.size)")
                try trial.expect(try await trial.read(name) == bytes, "other bytes came back")
                try await trial.expect(.conflict) {
                    _ = try await trial.store.put(
                        trial.key(name), file: file, contentType: "audio/wav", onlyIfAbsent: true)
                }
            }
            try await trial.expect(.notFound) {
                _ = try await trial.store.put(
                    trial.key("none"), file: file.appendingPathExtension("none"), contentType: "audio/wav",
                    onlyIfAbsent: false)
            }
        },
        .init("a deleted object is gone, and deleting it again is no error") { trial in
            try await trial.put("x/y/z", "short-lived")
            try await trial.store.delete(trial.key("x/y/z"))
            try trial.expect(try await trial.store.info(trial.key("x/y/z")) == nil, "it is still there")
            try await trial.store.delete(trial.key("x/y/z"))
            try await trial.store.delete(trial.key("never/was"))
            try await trial.put("x/y/z", "back")
            try trial.expect(try await trial.read("x/y/z") == Array("back".utf8), "it did not come back")
        },
        .init("keys that are no plain relative paths are refused everywhere") { trial in
            let long = String(repeating: "k", count: 513)
            let keys = [
                "", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", "a/..", "a b", "a\\b", "a\0b", "a+b",
                "a~", "ä", "水", "a%2e", "a?b", "a#b", "a\nb", "~partial/x", long,
            ]
            for key in keys {
                try await trial.expect(.invalid) {
                    _ = try await trial.store.put(
                        key, TestBody(bytes: []), contentType: "text/plain", limit: 1, onlyIfAbsent: false)
                }
                try await trial.expect(.invalid) { _ = try await trial.store.get(key, range: nil) }
                try await trial.expect(.invalid) { _ = try await trial.store.info(key) }
                try await trial.expect(.invalid) { try await trial.store.delete(key) }
                try await trial.expect(.invalid) { _ = try trial.store.readURL(key, expiresIn: .seconds(60)) }
            }
        },
        .init("keys with every allowed character work, up to their greatest length") { trial in
            let part = "abcXYZ019-_..x"
            let long = (0..<40).map { "part-\($0)" }.joined(separator: "/")
            for name in [part, ".hidden", "-dash", "a.b/c.d", String(repeating: "n", count: 200), long] {
                try await trial.put(name, name)
                try trial.expect(try await trial.read(name) == Array(name.utf8), "'\(name)' came back changed")
            }
        },
        .init("check passes on a working store") { trial in
            try await trial.store.check()
        },
    ]
}
