/// Light or dark.
enum PageTheme: String, CaseIterable, Sendable {
    /// As the reader's system has it.
    case automatic = "auto"
    case light, dark

    /// The name of the cookie that holds what the reader chose.
    static let cookieName = "suisha_theme"

    init(cookies: String?) {
        self = Cookies(cookies)[Self.cookieName].flatMap(PageTheme.init(rawValue:)) ?? .automatic
    }
}
