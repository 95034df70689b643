import ChildProcesses
package import Foundation

/// Folders for running jobs: one per job under one per process, so that those of dead processes can be told apart.
package struct ScratchFolders: Sendable {
    private let root: URL
    private let own: URL

    /// Folders under `root`, which is made when needed.
    package init(root: URL) {
        self.root = root
        own = root.appendingPathComponent(HostProcess.current(), isDirectory: true)
    }

    /// The folder of one lease, made when it is first asked for.
    func folder(for lease: String) -> ScratchFolder {
        ScratchFolder(own.appendingPathComponent(lease, isDirectory: true))
    }

    /// Removes a folder and everything in it.
    private func remove(_ folder: URL) {
        try? FileManager.default.removeItem(at: folder)
    }

    /// Removes what processes left behind that no longer run, and ends programs that they had started.
    ///
    /// - Returns: how many folders were removed and how many groups of programs ended.
    package func sweep() -> (folders: Int, groups: Int) {
        var removed = (folders: 0, groups: 0)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
        // Only folders with the name of a process are ours to remove.
        for name in names where name.wholeMatch(of: /[0-9]+-[0-9]+/) != nil && !HostProcess.isAlive(name) {
            let folder = root.appendingPathComponent(name, isDirectory: true)
            for job in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] {
                removed.groups += ProcessLedger.endOrphans(in: folder.appendingPathComponent(job, isDirectory: true))
            }
            remove(folder)
            removed.folders += 1
        }
        return removed
    }

    /// Removes this process's own folder at its end.
    func close() {
        remove(own)
    }
}
