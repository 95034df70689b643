import Foundation

/// The folder in which the demo's server keeps its data.
struct DemoFolder {
    let path: String
    /// Whether it goes when the demo ends.
    let isTemporary: Bool

    /// A new folder for one run.
    static func temporary() throws -> DemoFolder {
        var template = Array((NSTemporaryDirectory() + "/suisha-demo.XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else {
            throw CommandFailure("No temporary folder can be made: \(String(cString: strerror(errno))).", .cannotWrite)
        }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return DemoFolder(path: path, isTemporary: true)
    }

    /// A folder that stays.
    static func lasting(_ path: String) throws -> DemoFolder {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw CommandFailure("The folder \(path) cannot be made: \(error.reason).", .cannotWrite)
        }
        return DemoFolder(path: URL(filePath: path).path, isTemporary: false)
    }

    /// Where the server's log goes.
    var log: String { path + "/server.log" }

    /// Settings that keep the demo to itself, whatever the environment says: a free port, and its own data.
    var flags: [String: String] {
        [
            "http.host": "127.0.0.1", "http.port": "0", "data.folder": path,
            "database.url": "sqlite:\(path)/suisha.db",
            "objects.url": URL(filePath: path + "/objects", directoryHint: .isDirectory).absoluteString,
            "http.token_file": "\(path)/token", "worker.scratch": "\(path)/scratch",
        ]
    }

    /// Removes a temporary folder.
    func remove() {
        guard isTemporary else { return }
        // What stays in the temporary folder after a failure does no harm.
        try? FileManager.default.removeItem(atPath: path)
    }
}
