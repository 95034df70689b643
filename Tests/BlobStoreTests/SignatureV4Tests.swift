import Foundation
import Model
import Testing

@testable import BlobStore

/// The examples of "Signature Calculations for the Authorization Header" and "Authenticating Requests: Using Query
/// Parameters", Amazon S3 API Reference.
@Suite("A6: Signature Version 4")
struct SignatureV4Tests {
    private static let emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    private static let host = "examplebucket.s3.amazonaws.com"
    private static let date = Date(timeIntervalSince1970: 1_369_353_600)
    private static let signer = SignatureV4(
        credentials: S3Credentials(
            accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")),
        region: "us-east-1")

    /// One published request and its signature.
    struct Example: Sendable, CustomTestStringConvertible {
        let name: String
        var path: String = "/"
        var query: [(String, String)] = []
        var headers: [(String, String)] = []
        let signature: String
        var testDescription: String { name }
    }

    static let examples: [Example] = [
        Example(
            name: "GET object", path: "/test.txt", headers: [("range", "bytes=0-9")],
            signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
        Example(
            name: "GET bucket lifecycle", query: [("lifecycle", "")],
            signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        Example(
            name: "GET bucket (list objects)", query: [("max-keys", "2"), ("prefix", "J")],
            signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ]

    @Test("the header has the published signature", arguments: examples)
    func header(example: Example) {
        let request = SignatureV4.Request(
            method: "GET", path: example.path, query: example.query.map { (name: $0.0, value: $0.1) },
            headers: [
                (name: "host", value: Self.host), (name: "x-amz-content-sha256", value: Self.emptyHash),
                (name: "x-amz-date", value: "20130524T000000Z"),
            ] + example.headers.map { (name: $0.0, value: $0.1) })
        let header = Self.signer.authorization(for: request, payloadHash: Self.emptyHash, at: Self.date)
        #expect(header.hasSuffix("Signature=" + example.signature))
        #expect(header.contains("Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"))
    }

    @Test("the presigned query has the published signature")
    func presigned() {
        let request = SignatureV4.Request(
            method: "GET", path: "/test.txt", headers: [(name: "host", value: Self.host)])
        let query = Self.signer.presignedQuery(for: request, expiresIn: 86_400, at: Self.date)
        #expect(
            query.hasSuffix("&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"))
    }
}
