import Configuration
import Foundation
import Yams

/// A YAML file with settings, read once.
struct ConfigurationFile: Sendable {
    let path: String
    /// The settings in it, for lookups.
    let snapshot: any ConfigSnapshot

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
        guard let mapping = try Self.root(of: text, path) else {
            snapshot = InMemoryProvider(name: path, values: [:]).snapshot()
            return
        }
        let findings = Self.unknown(in: mapping, under: "", path)
        if !findings.isEmpty { throw SettingError(findings.joined(separator: "\n")) }
        do {
            snapshot = try YAMLSnapshot(data: Data(text.utf8).bytes, providerName: path, parsingOptions: .default)
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
