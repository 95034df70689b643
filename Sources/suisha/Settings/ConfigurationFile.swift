import CommandJobs
import Configuration
import Foundation
import Yams

/// A YAML file with settings, read once.
struct ConfigurationFile: Sendable {
    let path: String
    /// The settings in it, for lookups.
    let snapshot: any ConfigSnapshot
    /// The entries under `exec`: kinds of jobs that commands run.
    let commands: [[String: CommandSetting]]

    /// Where these stand.
    static let commandsKey: String = "exec"
    /// What is read when nobody names a file.
    static let standardPath: String = "suisha.yaml"
    /// Where an installed server finds its settings, as deploy/suisha.service says.
    static let systemPath: String = "/etc/suisha/suisha.yaml"

    /// The file that is named, or else `suisha.yaml` in the working folder, or else the system's, when there is one.
    ///
    /// - Throws: ``SettingError`` when the named file is not there, or holds a key that is no setting.
    static func find(_ named: String?) throws -> ConfigurationFile? {
        let present = [standardPath, systemPath].first(where: FileManager.default.fileExists(atPath:))
        guard let path = named ?? present else { return nil }
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw SettingError("The configuration file \(path) cannot be read: \(error.reason).")
        }
        return try ConfigurationFile(String(decoding: data, as: UTF8.self), path: path)
    }

    /// Reads the text of a file.
    ///
    /// - Throws: ``SettingError`` when the text is no YAML, or has keys that are no settings.
    init(_ text: String, path: String) throws {
        self.path = path
        let whole = try Self.root(of: text, path) ?? [:]
        commands = try Self.commands(whole.first { $0.key.string == Self.commandsKey }?.value, path)
        let mapping = Node.Mapping(whole.filter { $0.key.string != Self.commandsKey })
        guard !mapping.isEmpty else {
            snapshot = InMemoryProvider(name: path, values: [:]).snapshot()
            return
        }
        let findings = Self.unknown(in: mapping, under: "", path)
        if !findings.isEmpty { throw SettingError(findings.joined(separator: "\n")) }
        do {
            // Settings are single values or lists of them; what commands are told is more than that.
            let settings = commands.isEmpty ? text : try Yams.serialize(node: .mapping(mapping))
            snapshot = try YAMLSnapshot(data: Data(settings.utf8).bytes, providerName: path, parsingOptions: .default)
        } catch {
            throw SettingError("\(path) cannot be used. \(error)")
        }
    }

    /// The settings, or nil when the file holds none.
    private static func root(of text: String, _ path: String) throws -> Node.Mapping? {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw SettingError("\(path) is no valid YAML. \(error)")
        }
        guard let root, root.null == nil else { return nil }
        guard case .mapping(let mapping) = root else {
            throw SettingError("\(path) must hold settings, such as:\n\nhttp:\n  port: 8080")
        }
        return mapping
    }

    private static func commands(_ node: Node?, _ path: String) throws -> [[String: CommandSetting]] {
        guard let node, node.null == nil else { return [] }
        let line = node.mark.map { ", line \($0.line)" } ?? ""
        guard case .sequence = node else {
            throw SettingError(
                """
                \(path)\(line): '\(commandsKey)' must be a list of kinds with their commands, such as:

                exec:
                  - kind: count-words
                    command: [python3, /opt/app/count_words.py]
                """)
        }
        do {
            return try YAMLDecoder().decode([[String: CommandSetting]].self, from: node)
        } catch let error as DecodingError {
            throw SettingError(
                "\(path)\(line): the kinds under '\(commandsKey)' cannot be read; \(error.place) must be a value or a list of values."
            )
        }
    }

    private static func unknown(in mapping: Node.Mapping, under prefix: String, _ path: String) -> [String] {
        mapping.flatMap { key, value -> [String] in
            let name = prefix + (key.string ?? "?")
            let line = key.mark.map { ", line \($0.line)" } ?? ""
            if Settings.all.contains(where: { $0.key == name }) {
                guard case .mapping = value else { return [] }
                return ["\(path)\(line): '\(name)' takes a value, not further keys."]
            }
            if Settings.all.contains(where: { $0.key.hasPrefix(name + ".") }) {
                if case .mapping(let inner) = value { return unknown(in: inner, under: name + ".", path) }
                return value.null != nil
                    ? [] : ["\(path)\(line): '\(name)' is a group; put its settings below it, indented."]
            }
            let near = NearestName.of(name, among: Settings.all.map(\.key))
            let hint = near.map { "Did you mean '\($0)'?" } ?? "'suisha config' lists all settings."
            return ["\(path)\(line): there is no setting '\(name)'. \(hint)"]
        }
    }
}

extension DecodingError {
    /// Where the value that does not fit stands: `entry 2, 'timeout'`.
    fileprivate var place: String {
        let path: [any CodingKey] =
            switch self {
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
                context.codingPath
            case .keyNotFound(_, let context): context.codingPath
            @unknown default: []
            }
        let parts = path.map { key in key.intValue.map { "entry \($0 + 1)" } ?? "'\(key.stringValue)'" }
        return parts.isEmpty ? "each entry" : parts.joined(separator: ", ")
    }
}
