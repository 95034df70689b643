package import Foundation
import Glibc

/// The process groups that are running, one small file each, so that a worker that was killed leaves no children behind
/// for longer than its next start.
package struct ProcessLedger: Sendable {
    private static let suffix = ".group"
    let folder: URL

    /// Notes a group from now until `forget`. A child that ended at once is not noted.
    func remember(_ record: ProcessRecord) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(record.line.utf8).write(to: file(of: record.id))
    }

    func forget(_ id: Int32) {
        try? FileManager.default.removeItem(at: file(of: id))
    }

    private func file(of id: Int32) -> URL {
        folder.appending(path: "\(id)\(ProcessLedger.suffix)", directoryHint: .notDirectory)
    }

    /// Kills every group recorded in the folder that is still alive and the same, and removes the records.
    ///
    /// Call it for folders of workers known to be dead: it ends running groups without asking.
    /// - Returns: How many groups were killed. A missing folder counts as empty.
    package static func endOrphans(in folder: URL) -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        var ended = 0
        for name in names where name.hasSuffix(suffix) {
            let file = folder.appending(path: name, directoryHint: .notDirectory)
            if let line = try? String(contentsOf: file, encoding: .utf8),
                let record = ProcessRecord(line: line), record.groupIsAlive, kill(-record.id, SIGKILL) == 0
            {
                ended += 1
            }
            try? FileManager.default.removeItem(at: file)
        }
        return ended
    }
}
