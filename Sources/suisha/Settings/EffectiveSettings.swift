import CommandJobs
import Configuration
import Foundation

/// The configuration as it holds: flags over environment over the YAML file over defaults.
struct EffectiveSettings: Sendable {
    /// Where a value comes from.
    enum Source: Hashable, Sendable {
        case flag, environment
        case file(String)
        case standard

        /// One word or the file's path, for tables.
        var name: String {
            switch self {
            case .flag: "flag"
            case .environment: "environment"
            case .file(let path): path
            case .standard: "default"
            }
        }
    }

    private struct Layer: Sendable {
        let source: Source
        let values: any ConfigSnapshot
    }

    private let layers: [Layer]
    /// The YAML file that was read, if any.
    let file: String?
    /// What the file says under `exec`.
    let commands: [[String: CommandSetting]]

    /// - Parameters:
    ///   - flags: values by key.
    ///   - environment: the whole environment of the process.
    ///   - file: the YAML file, if there is one.
    init(flags: [String: String] = [:], environment: [String: String] = [:], file: ConfigurationFile? = nil) {
        let given = flags.map {
            (AbsoluteConfigKey(ConfigKey($0.key)), ConfigValue(.string($0.value), isSecret: false))
        }
        let flags = InMemoryProvider(name: "flags", values: Dictionary(uniqueKeysWithValues: given))
        let environment = EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(with: "suisha")
        layers =
            [
                Layer(source: .flag, values: flags.snapshot()),
                Layer(source: .environment, values: environment.snapshot()),
            ]
            + (file.map { [Layer(source: .file($0.path), values: $0.snapshot)] } ?? [])
        self.file = file?.path
        commands = file?.commands ?? []
    }

    /// The text of a setting and where it comes from; nil when nothing is set and there is no default. Empty texts count as
    /// not set.
    func text(_ declaration: SettingDeclaration) throws -> (text: String, source: Source)? {
        let key = AbsoluteConfigKey(ConfigKey(declaration.key))
        for layer in layers {
            if let text = try Self.text(key, layer.values), !text.isEmpty { return (text, layer.source) }
        }
        switch declaration.standard {
        case .text(let text): return (text, .standard)
        case .derived(_, let make): return (try make(self), .standard)
        case .unset: return nil
        }
    }

    /// The value of a setting.
    ///
    /// - Throws: ``SettingError`` when it is not set or cannot be read.
    func value<Value>(_ setting: Setting<Value>) throws -> Value {
        guard let value = try optional(setting) else {
            throw SettingError("\(setting.declaration.key) is not set. \(setting.declaration.help)")
        }
        return value
    }

    /// The value of a setting, or nil when it is not set.
    ///
    /// - Throws: ``SettingError`` when it cannot be read.
    func optional<Value>(_ setting: Setting<Value>) throws -> Value? {
        guard let (text, source) = try text(setting.declaration) else { return nil }
        do {
            return try setting.kind.parse(text)
        } catch {
            throw misfit(setting.declaration, text, source, error)
        }
    }

    /// Checks every setting, also those that nothing needs now.
    ///
    /// - Throws: ``SettingError`` for the first that cannot be read.
    func checkAll() throws {
        for declaration in Settings.all {
            guard let (text, source) = try text(declaration) else { continue }
            do {
                try declaration.check(text)
            } catch {
                throw misfit(declaration, text, source, error)
            }
        }
    }

    /// How people set the setting where it is set now: `--http-port`, `SUISHA_HTTP_PORT` or `http.port in suisha.yaml`.
    func place<Value>(_ setting: Setting<Value>) -> String {
        let source = (try? text(setting.declaration))?.source ?? .standard
        return Self.place(setting.declaration, source)
    }

    /// The path of something in the data folder.
    func inData(_ name: String) throws -> String {
        try value(Settings.dataFolder).appending(path: name).path
    }

    private func misfit(
        _ declaration: SettingDeclaration, _ text: String, _ source: Source, _ misfit: SettingMisfit
    ) -> SettingError {
        let shown = declaration.isSecret ? "" : " is '\(declaration.mask(text))', but"
        return SettingError("\(Self.place(declaration, source))\(shown) must be \(misfit.expected).")
    }

    private static func place(_ declaration: SettingDeclaration, _ source: Source) -> String {
        switch source {
        case .flag: "--" + (declaration.flag ?? declaration.key)
        case .environment: declaration.environment
        case .file(let path): "\(declaration.key) in \(path)"
        case .standard: declaration.key
        }
    }

    /// A scalar as it stands, a list with commas between its items.
    private static func text(_ key: AbsoluteConfigKey, _ values: any ConfigSnapshot) throws -> String? {
        func content(_ type: ConfigType) throws -> ConfigContent? {
            try values.value(forKey: key, type: type).value?.content
        }
        if case .string(let text) = try? content(.string) { return text }
        if case .stringArray(let items) = try? content(.stringArray) { return items.joined(separator: ",") }
        return nil
    }
}
