import NIOCore
import NIOHTTP1

/// One request to a bucket, before it is signed.
struct S3Call: Sendable {
    var method: HTTPMethod
    /// The object; nil for the bucket itself.
    var key: ObjectKey?
    var query: [(name: String, value: String)] = []
    var headers: [(name: String, value: String)] = []
    var body: ByteBuffer = .init()
    /// Whether it may be sent again when no answer came, so that it may have been done already.
    var isIdempotent: Bool = true
}

/// A whole answer.
struct S3Answer: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let body: ByteBuffer

    /// The entity tag without its quotes.
    var entityTag: String? { headers.first(name: "ETag").map(S3Answer.unquoted) }

    /// Entity tags come with quotes, with `&quot;`, or bare.
    static func unquoted(_ tag: String) -> String {
        tag.trimmingPrefix("W/").filter { $0 != "\"" }
    }
}
