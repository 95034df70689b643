/// One setting, declared once: its names everywhere, its kind, its default and its help come from here.
struct Setting<Value: Sendable>: Sendable {
    let declaration: SettingDeclaration
    let kind: SettingKind<Value>

    /// - Parameters:
    ///   - key: where it stands in the YAML file, for example `http.port`.
    ///   - standard: what holds when nobody sets it.
    ///   - help: one sentence for people.
    init(_ key: String, _ kind: SettingKind<Value>, default standard: SettingDefault = .unset, _ help: String) {
        self.kind = kind
        declaration = SettingDeclaration(
            key: key, kind: kind.name, isSecret: kind.isSecret, mask: kind.mask, standard: standard, help: help,
            check: { text throws(SettingMisfit) in _ = try kind.parse(text) })
    }
}

/// What every setting has, whatever its values are.
struct SettingDeclaration: Sendable {
    /// Where it stands in the YAML file: `http.port`.
    let key: String
    /// What its values are, for people: `port from 0 to 65535`.
    let kind: String
    let isSecret: Bool
    /// Makes a value fit to be shown.
    let mask: @Sendable (String) -> String
    let standard: SettingDefault
    let help: String
    /// Throws a sentence when a text is no value of this setting.
    let check: @Sendable (String) throws(SettingMisfit) -> Void

    /// The environment variable: `SUISHA_HTTP_PORT`.
    var environment: String { "SUISHA_" + key.uppercased().replacing(".", with: "_") }

    /// The flag without its dashes, `http-port`. Secrets have none: everybody on the machine can read command lines.
    var flag: String? {
        isSecret ? nil : key.replacing(".", with: "-").replacing("_", with: "-")
    }
}

/// What holds when nobody sets a setting.
enum SettingDefault: Sendable {
    /// This text.
    case text(String)
    /// Something that follows from other settings; `shown` says what, for the reference.
    case derived(shown: String, @Sendable (EffectiveSettings) throws -> String)
    /// Nothing; what that means stands in the help.
    case unset

    /// For the reference.
    var shown: String? {
        switch self {
        case .text(let text): text
        case .derived(let shown, _): shown
        case .unset: nil
        }
    }
}
