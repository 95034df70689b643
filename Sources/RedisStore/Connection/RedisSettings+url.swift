import Foundation
import Model
package import Storage

extension RedisSettings {
    /// Reads one of these; `rediss` in place of `redis` encrypts:
    ///
    ///     redis://user:password@host:port/database
    ///     redis+sentinel://user:password@host:port,host:port/master/database
    ///     redis+unix://user:password@/path/of/the/socket?db=1
    ///
    /// Parameters after `?` are the settings named at the properties, for sentinels also `sentinel_user` and
    /// `sentinel_password`.
    ///
    /// - Throws: `invalid` for another scheme, or a part that cannot be read; the message never shows the URL.
    package init(url: String) throws(StorageError) {
        var text = RedisURL(url)
        var parameters = RedisParameters(text.parameters)
        username = text.username
        password = text.password.map { Secret($0) }
        let isEncrypted: Bool
        switch text.scheme {
        case "redis", "rediss":
            isEncrypted = text.scheme == "rediss"
            guard text.path.count <= 1, let address = try text.addresses(6379).first, text.hosts.count == 1 else {
                throw Self.unreadable("name one host and at most one database, as in redis://host:6379/0")
            }
            location = .server(address)
        case "redis+sentinel", "rediss+sentinel":
            isEncrypted = text.scheme == "rediss+sentinel"
            guard (1...2).contains(text.path.count), !text.path[0].isEmpty else {
                throw Self.unreadable("name the master, as in redis+sentinel://host:26379/name/0")
            }
            location = .sentinels(
                try text.addresses(26379), master: text.path.removeFirst(),
                username: parameters.take("sentinel_user"),
                password: parameters.take("sentinel_password").map { Secret($0) })
        case "redis+unix":
            isEncrypted = false
            guard !text.path.isEmpty, text.hosts.allSatisfy(\.isEmpty) else {
                throw Self.unreadable("name the socket's file, as in redis+unix:///run/redis.sock")
            }
            location = .server(.socket(path: "/" + text.path.joined(separator: "/")))
            text.path = []
        default:
            throw Self.unreadable("begin with redis://, rediss://, redis+sentinel:// or redis+unix://")
        }
        let number = parameters.take("db") ?? text.path.last ?? ""
        guard let database = number.isEmpty ? 0 : Int(number), (0...65_535).contains(database) else {
            throw Self.unreadable("name the database by its number")
        }
        self.database = database
        tls = isEncrypted ? try parameters.tls() : nil
        prefix = try parameters.prefix()
        if let time = try parameters.number("connect_timeout", 1...600_000) { connectTimeout = .milliseconds(time) }
        if let time = try parameters.number("timeout", 1...600_000) { commandTimeout = .milliseconds(time) }
        if let time = try parameters.number("wait", 0...600_000) { waitLimit = .milliseconds(time) }
        if let time = try parameters.number("keepalive", 10...600_000) { keepAlive = .milliseconds(time) }
        if let count = try parameters.number("in_flight", 1...1_000_000) { inFlightLimit = count }
        try parameters.end()
    }

    static func unreadable(_ advice: String) -> StorageError {
        .init(.invalid, "The URL of Redis cannot be read: it must \(advice).")
    }
}

/// The pieces of a URL, with the escapes resolved. Foundation's own type takes one host only.
private struct RedisURL {
    let scheme: String
    let username: String?
    let password: String?
    let hosts: [String]
    var path: [String]
    let parameters: Substring

    init(_ url: String) {
        let halves = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        parameters = halves.count > 1 ? halves[1] : ""
        let whole = halves.first ?? ""
        let colon = whole.firstIndex(of: ":") ?? whole.endIndex
        scheme = whole[..<colon].lowercased()
        var rest = whole[colon...].dropFirst()
        var authority: Substring = ""
        if rest.hasPrefix("//") {
            rest = rest.dropFirst(2)
            authority = rest.prefix { $0 != "/" }
            rest = rest[authority.endIndex...]
        }
        path = rest.split(separator: "/").map { $0.removingPercentEncoding ?? String($0) }
        let at = authority.lastIndex(of: "@")
        let user = at.map { authority[..<$0].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false) }
        let name = user?.first.flatMap(\.removingPercentEncoding) ?? ""
        username = name.isEmpty ? nil : name
        password = user.flatMap { $0.count > 1 ? $0[1].removingPercentEncoding : nil }
        let places = at.map { authority[$0...].dropFirst() } ?? authority
        hosts = places.split(separator: ",", omittingEmptySubsequences: false).map { String($0) }
    }

    func addresses(_ defaultPort: Int) throws(StorageError) -> [RedisSettings.Address] {
        var addresses: [RedisSettings.Address] = []
        for host in hosts {
            guard let match = host.wholeMatch(of: /(?:\[([0-9A-Fa-f:.]+)\]|([^:\[\]]+))(?::([0-9]{1,5}))?/) else {
                throw RedisSettings.unreadable("name each server as host or host:port")
            }
            guard let port = match.3.map({ Int($0) }) ?? defaultPort, (1...65_535).contains(port) else {
                throw RedisSettings.unreadable("name ports from 1 to 65535")
            }
            addresses.append(.host(String(match.1 ?? match.2 ?? ""), port: port))
        }
        return addresses
    }
}

/// What stands behind the question mark; everything must be taken.
private struct RedisParameters {
    private var values: [String: String] = [:]

    init(_ text: Substring) {
        for pair in text.split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            values[String(halves[0])] = halves.count > 1 ? halves[1].removingPercentEncoding ?? "" : ""
        }
    }

    mutating func take(_ name: String) -> String? {
        values.removeValue(forKey: name)
    }

    mutating func number(_ name: String, _ range: ClosedRange<Int>) throws(StorageError) -> Int? {
        guard let text = take(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw RedisSettings.unreadable(
                "give the parameter '\(name)' a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    mutating func prefix() throws(StorageError) -> String {
        let prefix = take("prefix") ?? "suisha"
        guard prefix.wholeMatch(of: /[A-Za-z0-9._:-]{1,64}/) != nil else {
            throw RedisSettings.unreadable("give 'prefix' 1 to 64 letters, digits or . _ : -")
        }
        return prefix
    }

    mutating func tls() throws(StorageError) -> RedisSettings.TLS {
        var tls = RedisSettings.TLS()
        tls.authorities = take("ca")
        if let text = take("verify") {
            guard let verification = RedisSettings.TLS.Verification(rawValue: text) else {
                throw RedisSettings.unreadable("give 'verify' the value full, certificate or none")
            }
            tls.verification = verification
        }
        switch (take("cert"), take("key")) {
        case (nil, nil): break
        case (let file?, let key?): tls.certificate = (file, key)
        default: throw RedisSettings.unreadable("give 'cert' and 'key' together")
        }
        return tls
    }

    func end() throws(StorageError) {
        guard let unknown = values.keys.min() else { return }
        throw RedisSettings.unreadable(
            "not have the parameter '\(unknown.prefix(40))'; see the documentation for those that exist")
    }
}
