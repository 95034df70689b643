import ChildProcesses
import Foundation
import Model

extension CommandKind {
    private static let fields = [
        "kind", "command", "summary", "timeout", "attempts", "memory", "cpu", "max_file", "max_output", "network",
        "environment",
    ]

    /// Reads the entries under `exec:` of a configuration file.
    ///
    /// - Parameters:
    ///   - taken: Names of kinds that are there already.
    ///   - environment: The variables of this process; `PATH` is where programs are looked for.
    /// - Throws: `CommandSettingsError` that names the kind and the field; also when a program is missing.
    package static func all(
        _ entries: [[String: CommandSetting]], besides taken: Set<String> = [],
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> [CommandKind] {
        var names = taken
        return try entries.enumerated().map { index, entry in
            let kind = try CommandKind(entry, number: index + 1, environment)
            guard names.insert(kind.name).inserted else {
                throw CommandSettingsError(
                    kind: "'\(kind.name)'", field: "kind", "there is a kind of this name already; choose another.")
            }
            return kind
        }
    }

    private init(_ entry: [String: CommandSetting], number: Int, _ inherited: [String: String]) throws {
        let place = "entry \(number)"
        let name = try CommandSettings(kind: place, values: entry).text("kind") ?? ""
        guard name.wholeMatch(of: /[a-z][a-z0-9-]{0,62}/) != nil else {
            throw CommandSettingsError(
                kind: place, field: "kind",
                name.isEmpty
                    ? "is missing; give the kind a name, such as resize-image."
                    : "'\(name)' is no name; take up to 63 small letters, digits and hyphens, a letter first.")
        }
        let settings = CommandSettings(kind: "'\(name)'", values: entry)
        if let unknown = entry.keys.sorted().first(where: { !Self.fields.contains($0) }) {
            throw settings.error(unknown, "there is no such setting; there are \(Self.fields.joined(separator: ", ")).")
        }
        let command = try settings.list("command") ?? []
        self.name = name
        program = try Self.located(command.first, settings, path: inherited["PATH"] ?? "")
        arguments = Array(command.dropFirst())
        summary = try settings.text("summary") ?? "Runs \(URL(filePath: program).lastPathComponent)"
        timeout = try settings.duration("timeout", .seconds(1) ... .seconds(7 * 86_400)) ?? .seconds(600)
        attempts = try settings.number("attempts", 1...100) ?? 5
        memory = try settings.size("memory", .mebibytes(16) ... .gibibytes(1_024))
        cpu = try settings.duration("cpu", .seconds(1) ... .seconds(7 * 86_400))
        largestFile = try settings.size("max_file", .kibibytes(1) ... .gibibytes(1_024))
        largestOutput = try settings.size("max_output", .init(100) ... .mebibytes(8)) ?? .mebibytes(1)
        networkAllowed = try settings.flag("network") ?? true
        environment = try Self.allowed(try settings.list("environment") ?? [], settings, inherited)
    }

    /// The absolute path of a program that can be run now.
    private static func located(_ program: String?, _ settings: CommandSettings, path: String) throws -> String {
        guard let program, !program.isEmpty else {
            throw settings.error("command", "is missing; write a list, such as [\"python3\", \"/opt/app/resize.py\"].")
        }
        guard program.hasPrefix("/") || !program.contains("/") else {
            throw settings.error("command", "'\(program)' must be an absolute path, or a name to look for on PATH.")
        }
        let candidates =
            program.hasPrefix("/")
            ? [program] : path.split(separator: ":").filter { $0.hasPrefix("/") }.map { "\($0)/\(program)" }
        var isFolder: ObjCBool = false
        let found = candidates.first { candidate in
            FileManager.default.isExecutableFile(atPath: candidate)
                && FileManager.default.fileExists(atPath: candidate, isDirectory: &isFolder) && !isFolder.boolValue
        }
        guard let found else {
            let remedy =
                program.hasPrefix("/")
                ? "is not there or may not be run; check the path and chmod +x" : "is not on PATH; install it"
            throw settings.error("command", "the program \(program) \(remedy).")
        }
        return found
    }

    private static func allowed(
        _ names: [String], _ settings: CommandSettings, _ inherited: [String: String]
    ) throws -> [String: String] {
        for name in names where name.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) == nil {
            throw settings.error("environment", "'\(name)' is no name of a variable; list names only, without values.")
        }
        return inherited.filter { names.contains($0.key) }
    }
}
