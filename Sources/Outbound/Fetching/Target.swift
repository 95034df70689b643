import Foundation

/// One URL that is about to be visited, checked for its form.
struct Target: Sendable {
    let url: URL
    /// In lower case, without the brackets of an IPv6 address.
    let host: String
    let port: Int

    /// - Throws: ``OutboundError`` `invalidURL`.
    init(_ text: String) throws {
        try self.init(url: URL(string: text))
    }

    /// The place that a redirect leads to.
    init(_ location: String, from origin: Target) throws {
        try self.init(url: URL(string: location, relativeTo: origin.url)?.absoluteURL)
    }

    private init(url: URL?) throws {
        guard let url, let scheme = url.scheme?.lowercased(), scheme == "http" || scheme == "https",
            let host = url.host(percentEncoded: false)?.lowercased(), !host.isEmpty
        else {
            throw OutboundError(.invalidURL, "Only absolute http and https addresses are fetched.")
        }
        guard url.user() == nil, url.password() == nil else {
            throw OutboundError(.invalidURL, "An address with a user name or password is not fetched.")
        }
        let plain = Self.withoutBrackets(host)
        let isAddress = InternetAddress(plain) != nil
        guard isAddress || plain.wholeMatch(of: /[a-z0-9._-]{1,253}/) != nil else {
            throw OutboundError(
                .invalidURL, "The host of the address is not written in plain letters; use its xn-- form.")
        }
        let port = url.port ?? (scheme == "https" ? 443 : 80)
        guard (1...65_535).contains(port) else {
            throw OutboundError(.invalidURL, "The address has a port that does not exist.")
        }
        // Written anew, so that the name that was checked is, letter for letter, the one that the client sees.
        var parts = URLComponents(url: url, resolvingAgainstBaseURL: true)
        parts?.host = plain.contains(":") ? "[\(plain)]" : plain
        parts?.fragment = nil
        guard let exact = parts?.url, exact.host().map(Self.withoutBrackets) == plain else {
            throw OutboundError(.invalidURL, "The address cannot be read.")
        }
        self.url = exact
        self.host = plain
        self.port = port
    }

    private static func withoutBrackets(_ host: String) -> String {
        host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
    }
}
