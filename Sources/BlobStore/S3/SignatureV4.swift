import Crypto
import Foundation
import Model

/// Signs requests as AWS Signature Version 4 wants it, and so proves who asks without sending the secret.
///
/// The published examples of AWS are its tests.
struct SignatureV4: Sendable {
    let credentials: S3Credentials
    let region: String
    let service: String = "s3"

    /// The hash that stands for a body that is not signed.
    static let unsignedPayload: String = "UNSIGNED-PAYLOAD"
    private static let algorithm: String = "AWS4-HMAC-SHA256"

    /// A request as it is signed.
    struct Request {
        var method: String
        /// Percent-encoded, as it is sent.
        var path: String
        /// Names and values before encoding.
        var query: [(name: String, value: String)] = []
        /// Every header that is to be signed; `host` among them.
        var headers: [(name: String, value: String)]
    }

    /// The value of the `Authorization` header. `x-amz-date` must be among the headers, with the same date.
    func authorization(for request: Request, payloadHash: String, at date: Date) -> String {
        let signature = signature(of: request, payloadHash: payloadHash, at: date)
        let names = Self.canonicalHeaders(request.headers).map(\.name).joined(separator: ";")
        return "\(Self.algorithm) Credential=\(credentials.accessKey)/\(scope(at: date)),"
            + "SignedHeaders=\(names),Signature=\(signature)"
    }

    /// The query, encoded and signed, that lets anybody send `request` for a while.
    func presignedQuery(for request: Request, expiresIn seconds: Int, at date: Date) -> String {
        var request = request
        request.query += [
            ("X-Amz-Algorithm", Self.algorithm),
            ("X-Amz-Credential", "\(credentials.accessKey)/\(scope(at: date))"),
            ("X-Amz-Date", Self.timestamp(date)),
            ("X-Amz-Expires", String(seconds)),
            ("X-Amz-SignedHeaders", Self.canonicalHeaders(request.headers).map(\.name).joined(separator: ";")),
        ]
        if let token = credentials.sessionToken { request.query.append(("X-Amz-Security-Token", token.revealed)) }
        let signature = signature(of: request, payloadHash: Self.unsignedPayload, at: date)
        return Self.canonicalQuery(request.query) + "&X-Amz-Signature=\(signature)"
    }

    private func signature(of request: Request, payloadHash: String, at date: Date) -> String {
        let headers = Self.canonicalHeaders(request.headers)
        let canonical = [
            request.method, request.path, Self.canonicalQuery(request.query),
            headers.map { "\($0.name):\($0.value)\n" }.joined(), headers.map(\.name).joined(separator: ";"),
            payloadHash,
        ].joined(separator: "\n")
        let text = [
            Self.algorithm, Self.timestamp(date), scope(at: date),
            Self.hexadecimal(SHA256.hash(data: Data(canonical.utf8))),
        ].joined(separator: "\n")
        var key = SymmetricKey(data: Data("AWS4\(credentials.secretKey.revealed)".utf8))
        for part in [Self.day(date), region, service, "aws4_request"] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Data(part.utf8), using: key))
        }
        return Self.hexadecimal(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key))
    }

    private func scope(at date: Date) -> String {
        "\(Self.day(date))/\(region)/\(service)/aws4_request"
    }

    private static func canonicalHeaders(
        _ headers: [(name: String, value: String)]
    ) -> [(name: String, value: String)] {
        headers
            .map { (name: $0.name.lowercased(), value: $0.value.split(separator: " ").joined(separator: " ")) }
            .sorted { $0.name < $1.name }
    }
}

extension SignatureV4 {
    /// The query as it is signed and sent: encoded and sorted.
    static func canonicalQuery(_ query: [(name: String, value: String)]) -> String {
        query.map { (encoded($0.name), encoded($0.value)) }
            .sorted { $0 < $1 }
            .map { "\($0)=\($1)" }
            .joined(separator: "&")
    }

    /// Lower-case hexadecimal digits.
    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// `20130524T000000Z`
    static func timestamp(_ date: Date) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let time = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
        return String(
            format: "%04d%02d%02dT%02d%02d%02dZ", time.year ?? 0, time.month ?? 0, time.day ?? 0, time.hour ?? 0,
            time.minute ?? 0, time.second ?? 0)
    }

    private static func day(_ date: Date) -> String { String(timestamp(date).prefix(8)) }

    private static func encoded(_ text: String) -> String {
        let unreserved = CharacterSet(
            charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~")
        return text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
    }
}
