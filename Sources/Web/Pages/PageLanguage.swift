/// A language of the pages.
enum PageLanguage: String, CaseIterable, Sendable {
    case english = "en"
    case japanese = "ja"

    /// The name of the cookie that holds what the reader chose.
    static let cookieName = "suisha_language"

    /// What the reader chose, else what the browser prefers, else English.
    init(cookies: String?, acceptLanguage: String?) {
        if let chosen = Cookies(cookies)[Self.cookieName].flatMap(PageLanguage.init(rawValue:)) {
            self = chosen
            return
        }
        var best: (language: PageLanguage, quality: Double)?
        for range in (acceptLanguage ?? "").split(separator: ",").prefix(20) {
            let value = HeaderValue(String(range))
            let quality = value.parameters["q"].flatMap(Double.init) ?? 1
            guard let language = PageLanguage(rawValue: String(value.value.lowercased().prefix(2))) else { continue }
            if quality > best?.quality ?? 0 { best = (language, quality) }
        }
        self = best?.language ?? .english
    }

    /// The one that the switch offers.
    var other: PageLanguage { self == .english ? .japanese : .english }
}
