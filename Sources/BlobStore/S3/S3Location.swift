import Foundation
import Model
import Storage

/// Where a bucket is and how to ask for it, as the `s3:` URL says.
struct S3Location: Sendable {
    let isEncrypted: Bool
    /// Host and, unless it is the usual one, port of the server.
    let server: String
    let bucket: String
    let region: String
    let style: Style
    let credentials: S3Credentials

    /// Where the bucket's name goes in a request.
    enum Style: String, Sendable {
        /// `https://server/bucket/key`
        case path
        /// `https://bucket.server/key`
        case virtual
    }

    private static let form: String =
        "s3://KEY:SECRET@HOST[:PORT]/BUCKET[?region=REGION&style=path|virtual&tls=true|false]"

    /// Reads an `s3:` URL.
    ///
    /// - Throws: `invalid` with what is wrong; never with the URL itself, which holds a secret.
    init(url: String, environment: [String: String]) throws(StorageError) {
        guard let parts = URLComponents(string: url), let host = parts.host, !host.isEmpty else {
            throw Self.failure("is not readable. In key and secret, write '/' as %2F, '+' as %2B and '@' as %40")
        }
        let path = parts.path.split(separator: "/", omittingEmptySubsequences: true)
        guard path.count == 1, let bucket = path.first.map(String.init), Self.isBucketName(bucket) else {
            throw Self.failure("needs exactly one bucket name (3 to 63 of a-z, 0-9, '-' and '.') after the host")
        }
        var options = ["region": environment["AWS_REGION"] ?? "us-east-1", "style": "path", "tls": "true"]
        for item in parts.queryItems ?? [] {
            guard options[item.name] != nil, let value = item.value else {
                throw Self.failure("has the option '\(item.name)', which is unknown or empty")
            }
            options[item.name] = value
        }
        guard let style = options["style"].flatMap(Style.init(rawValue:)) else {
            throw Self.failure("has a style that is neither 'path' nor 'virtual'")
        }
        guard let encrypted = options["tls"].flatMap(Bool.init) else {
            throw Self.failure("has a value of tls that is neither 'true' nor 'false'")
        }
        guard let region = options["region"], !region.isEmpty,
            region.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || Self.isLetterOrDigit($0) })
        else { throw Self.failure("has a region that is no region's name") }
        let usualPort = encrypted ? 443 : 80
        let bracketed = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
        isEncrypted = encrypted
        server = parts.port.map { $0 == usualPort ? bracketed : "\(bracketed):\($0)" } ?? bracketed
        self.bucket = bucket
        self.region = region
        self.style = style
        credentials = try Self.credentials(user: parts.user, password: parts.password, environment: environment)
    }

    /// The `Host` header.
    var host: String {
        style == .path ? server : "\(bucket).\(server)"
    }

    /// The path of an object, or of the bucket itself.
    func path(of key: ObjectKey?) -> String {
        let path = key.map { "/" + $0.text } ?? ""
        return style == .path ? "/\(bucket)\(path)" : (path.isEmpty ? "/" : path)
    }

    /// The whole URL with a query that is encoded already.
    func url(path: String, query: String) -> String {
        "\(isEncrypted ? "https" : "http")://\(host)\(path)" + (query.isEmpty ? "" : "?\(query)")
    }

    /// For error messages.
    var name: String { "the bucket '\(bucket)' at \(server)" }

    private static func credentials(
        user: String?, password: String?, environment: [String: String]
    ) throws(StorageError) -> S3Credentials {
        if let user, !user.isEmpty, let password, !password.isEmpty {
            return S3Credentials(accessKey: user, secretKey: Secret(password))
        }
        guard user == nil, password == nil else { throw failure("has a key without a secret") }
        guard let key = environment["AWS_ACCESS_KEY_ID"], let secret = environment["AWS_SECRET_ACCESS_KEY"] else {
            throw failure(
                "has no key and secret, and AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not in the environment")
        }
        return S3Credentials(
            accessKey: key, secretKey: Secret(secret), sessionToken: environment["AWS_SESSION_TOKEN"].map(Secret.init))
    }

    private static func failure(_ reason: String) -> StorageError {
        StorageError(.invalid, "The s3: URL of the object store \(reason). Its form is \(form).")
    }

    private static func isBucketName(_ name: String) -> Bool {
        (3...63).contains(name.utf8.count) && !name.contains("..") && name.first != "." && name.last != "."
            && name.utf8.allSatisfy { byte in
                byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
                    || isLetterOrDigit(byte)
            }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
