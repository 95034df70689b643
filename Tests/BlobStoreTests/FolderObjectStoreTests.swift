import Conformance
import Foundation
import NIOCore
import Storage
import Testing

@testable import BlobStore

@Suite("folder object store")
struct FolderObjectStoreTests {
    @Test("keeps the promises of an object store", arguments: ObjectStoreBehaviour.all)
    func conforms(behaviour: ObjectStoreBehaviour) async throws {
        try await withStore { store, _ in try await behaviour.check(store) }
    }

    @Test("leaves one file per object, and neither partial files nor empty folders")
    func layout() async throws {
        try await withStore { store, folder in
            try await put(store, "job_1/video.mp4", "frames")
            try await put(store, "job_1/video.mp4", "other frames")
            try await put(store, "job_2/a/b", "deep")
            #expect(try files(in: folder) == ["job_1+/video.mp4", "job_2+/a+/b"])
            try await store.delete("job_2/a/b")
            #expect(try files(in: folder) == ["job_1+/video.mp4"])
            #expect(!FileManager.default.fileExists(atPath: folder.path + "/job_2+"))
            try await store.check()
            #expect(try files(in: folder) == ["job_1+/video.mp4"])
        }
    }

    @Test("refuses to pass through symbolic links, in folders and in files")
    func symbolicLinks() async throws {
        try await withStore { store, folder in
            let outside = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
            try FileManager.default.createDirectory(at: outside, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: outside) }
            try Data("secret".utf8).write(to: outside.appendingPathComponent("file"))
            try FileManager.default.createSymbolicLink(
                at: folder.appendingPathComponent("linked+"), withDestinationURL: outside)
            try FileManager.default.createSymbolicLink(
                at: folder.appendingPathComponent("link"), withDestinationURL: outside.appendingPathComponent("file"))
            await #expect(throws: StorageError.self) { try await store.get("link", range: nil) }
            await #expect(throws: StorageError.self) { try await store.get("linked/file", range: nil) }
            await #expect(throws: StorageError.self) { try await put(store, "linked/new", "x") }
            // Storing under the name of a link replaces the link and leaves what it pointed to alone.
            try await put(store, "link", "mine")
            #expect(try String(contentsOf: outside.appendingPathComponent("file"), encoding: .utf8) == "secret")
            #expect(try FileManager.default.contentsOfDirectory(atPath: outside.path) == ["file"])
        }
    }

    @Test("removes partial files older than a day when it opens, and leaves those of live writers")
    func sweep() async throws {
        try await withStore { _, folder in
            let partials = folder.appendingPathComponent(ObjectFolder.partialFolder)
            for (name, age) in [("old", -90_000.0), ("young", -80_000)] {
                let file = partials.appendingPathComponent(name)
                try Data("half".utf8).write(to: file)
                try FileManager.default.setAttributes(
                    [.modificationDate: Date(timeIntervalSinceNow: age)], ofItemAtPath: file.path)
            }
            _ = try await FolderObjectStore.open(folder)
            #expect(try FileManager.default.contentsOfDirectory(atPath: partials.path) == ["young"])
        }
    }

    @Test("says that a file is damaged when it was cut, or was put there by somebody else")
    func damage() async throws {
        try await withStore { store, folder in
            try await put(store, "cut", String(repeating: "x", count: 5000))
            let file = folder.appendingPathComponent("cut")
            let handle = try FileHandle(forWritingTo: file)
            try handle.truncate(atOffset: 4000)
            try handle.close()
            try Data("not ours".utf8).write(to: folder.appendingPathComponent("foreign"))
            for key in ["cut", "foreign"] {
                let error = await #expect(throws: StorageError.self) { try await store.get(key, range: nil) }
                #expect(error?.code == .corrupt)
                #expect(error?.message.contains(folder.path) == true)
            }
            #expect(try await store.list(prefix: "", after: nil, limit: 10).isEmpty)
        }
    }

    @Test("a full disk gives one error that names the folder, leaves nothing, and the old object stays")
    func fullDisk() async throws {
        try await withSmallDisk(bytes: 1 << 20) { folder in
            let store = try await FolderObjectStore.open(folder)
            try await put(store, "kept", "old")
            let large = TestBytes(count: 4 << 20)
            let error = await #expect(throws: StorageError.self) {
                try await store.put("kept", large, contentType: "video/mp4", limit: .max, onlyIfAbsent: false)
            }
            #expect(error?.code == .full)
            #expect(error?.message.contains(folder.path) == true)
            #expect(try files(in: folder) == ["kept"])
            #expect(try await store.info("kept")?.size == 3)
            try await put(store, "next", "there is room again")
        }
    }

    @Test("a folder that cannot be made is refused with its name")
    func noFolder() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try Data().write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let error = await #expect(throws: StorageError.self) {
            try await FolderObjectStore.open(file.appendingPathComponent("objects"))
        }
        #expect(error?.message.contains(file.path) == true)
    }

    @Test("reads a body no faster than it writes it")
    func backPressure() async throws {
        try await withStore { store, _ in
            let body = TestBytes(count: 64 << 20)
            let info = try await store.put("pressed", body, contentType: "x/y", limit: .max, onlyIfAbsent: false)
            #expect(info.size == 64 << 20)
            let content = try await store.get("pressed", range: nil)
            var largest = 0
            for try await buffer in content.body { largest = max(largest, buffer.readableBytes) }
            #expect(largest <= Int(FileBody.pieceLength))
        }
    }
}

private func put(_ store: any ObjectStore, _ key: String, _ text: String) async throws {
    _ = try await store.put(
        key, ByteStreams.of(ByteBuffer(string: text)), contentType: "text/plain", limit: .max, onlyIfAbsent: false)
}

/// Opens a store on a new folder and removes the folder afterwards.
private func withStore(_ body: (FolderObjectStore, URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("objects-" + UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(try await FolderObjectStore.open(folder), folder)
}

/// Every regular file and link below `folder`, in order.
private func files(in folder: URL) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { path in
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: folder.path + "/" + path, isDirectory: &isFolder)
        return exists && !isFolder.boolValue
    }.sorted()
}
