import Foundation

/// Finds files of the project from a test.
enum Project {
    static func file(_ path: String) -> URL {
        // Tests/CommandTests/Project.swift → the root.
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return root.appending(path: path)
    }
}
