import Foundation

/// Finds what ships with the program: beside an installed one, or in the project when it was built there.
enum Bundled {
    /// The path of a file or folder that ships with Suisha, or nil when it is not there.
    ///
    /// - Parameter name: as in the project and in `share/suisha`: `samples/jfk.flac`.
    static func file(_ name: String, program: URL = program) -> URL? {
        let folder = program.deletingLastPathComponent()
        var places = [folder.deletingLastPathComponent().appending(path: "share/suisha")]
        // A build lies in .build/TRIPLE/debug below the package.
        var parent = folder
        for _ in 0..<5 {
            parent = parent.deletingLastPathComponent()
            if isThere(parent.appending(path: "Package.swift")) { places.append(parent) }
        }
        return places.map { $0.appending(path: name).standardizedFileURL }.first(where: isThere)
    }

    private static func isThere(_ file: URL) -> Bool {
        FileManager.default.fileExists(atPath: file.path)
    }

    /// The running program.
    static let program: URL = {
        let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(filePath: path ?? CommandLine.arguments.first ?? "suisha").resolvingSymlinksInPath()
    }()
}
