import HTTPTypes

/// The headers that keep a browser from doing more with an answer than it should.
enum SecurityHeaders {
    /// For our own pages: nothing from elsewhere, no inline script or style.
    static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        + "media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
        + "require-trusted-types-for 'script'"
    /// For files that jobs made: they may show themselves, nothing else.
    static let sandbox =
        "default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'; sandbox"

    /// Adds what the answer does not say itself.
    static func add(to headers: inout HTTPFields) {
        func fill(_ name: HTTPField.Name, _ value: String) {
            if !headers.contains(name) { headers[name] = value }
        }
        fill(.contentSecurityPolicy, policy)
        fill(.xContentTypeOptions, "nosniff")
        // Not 'no-referrer': browsers then send 'Origin: null' with our own forms.
        fill(.referrerPolicy, "same-origin")
        fill(.crossOriginResourcePolicy, "same-origin")
        fill(.crossOriginOpenerPolicy, "same-origin")
        fill(.cacheControl, "no-store")
    }
}
