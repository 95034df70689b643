/// One setting as `suisha config` shows it.
struct SettingRow: Encodable, Equatable {
    let key: String
    /// Masked; nil when nothing is set.
    let value: String?
    let source: String
    let environment: String
    let flag: String?
    let help: String

    /// Every setting with the value that holds.
    static func all(of settings: EffectiveSettings) throws -> [SettingRow] {
        try Settings.all.map { declaration in
            let found = try settings.text(declaration)
            return SettingRow(
                key: declaration.key, value: found.map { declaration.mask($0.text) },
                source: found?.source.name ?? "not set", environment: declaration.environment,
                flag: declaration.flag.map { "--\($0)" }, help: declaration.help)
        }
    }

    /// A table for a terminal.
    static func table(_ rows: [SettingRow]) -> String {
        TextTable.text(
            head: ["SETTING", "VALUE", "FROM"], rows: rows.map { [$0.key, $0.value ?? "-", $0.source] })
    }

    /// A line for each environment variable that nearly is a setting's.
    static func mistyped(_ environment: [String: String]) -> [String] {
        let known = Settings.all.map(\.environment)
        return environment.keys.sorted().compactMap { name in
            guard name.hasPrefix("SUISHA_"), !known.contains(name), name != "SUISHA_CONFIG",
                let near = NearestName.of(name, among: known)
            else { return nil }
            return "\(name) is not used. Did you mean \(near)?"
        }
    }
}
