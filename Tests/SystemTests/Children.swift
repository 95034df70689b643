import Foundation

/// Looks at running programs through `/proc`.
enum Children {
    /// The programs that work in a folder below `scratch`, whoever started them.
    static func working(in scratch: URL, named name: String? = nil) -> [pid_t] {
        let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { pid_t($0) } ?? []
        return numbers.filter { number in
            guard
                let folder = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(number)/cwd"),
                folder.hasPrefix(scratch.path)
            else { return false }
            guard let name else { return true }
            let command = (try? String(contentsOfFile: "/proc/\(number)/cmdline", encoding: .utf8)) ?? ""
            let program = command.prefix { $0 != "\0" }
            return program.hasSuffix(name)
        }
    }

    /// The folders of jobs below `scratch`.
    static func jobFolders(in scratch: URL) throws -> [String] {
        guard FileManager.default.fileExists(atPath: scratch.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: scratch.path).flatMap { process in
            try FileManager.default.contentsOfDirectory(atPath: scratch.appending(path: process).path)
        }
    }
}
