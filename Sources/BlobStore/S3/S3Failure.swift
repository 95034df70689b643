import NIOCore
import NIOHTTP1
import Storage

/// An answer that says no.
struct S3Failure: Error, Sendable {
    let status: Int
    /// S3's word for it, where the answer had one: `NoSuchKey`, `SlowDown` …
    let code: String?
    let detail: String?
    /// The bucket's region, where the server names it.
    let region: String?
    let retryAfter: Duration?

    /// Reads a failed answer; nil when it is no failure.
    init?(_ answer: S3Answer) {
        let document = S3Document(answer.body.readableBytesView)
        let isError = document?.name == "Error"
        // Some calls answer 200 at once, to keep the connection, and tell of a failure in the body.
        guard !(200..<300).contains(answer.status) || isError else { return nil }
        status = (200..<300).contains(answer.status) ? 500 : answer.status
        code = isError ? document?.text(of: "Code") : nil
        detail = isError ? document?.text(of: "Message") : nil
        region = answer.headers.first(name: "x-amz-bucket-region") ?? (isError ? document?.text(of: "Region") : nil)
        retryAfter = answer.headers.first(name: "Retry-After").flatMap(Int.init).map { .seconds(min(max($0, 0), 60)) }
    }

    /// Whether the server may answer otherwise in a moment.
    var isTransient: Bool {
        status >= 500 && status != 501 && status != 505 && status != 507 || status == 429 || status == 408
            || code == "ConditionalRequestConflict" || code == "RequestTimeout"
    }

    /// The failure for callers of the store.
    func storageError(_ action: String, _ location: S3Location) -> StorageError {
        let place = location.name
        func failure(_ code: StorageError.Code, _ reason: String) -> StorageError {
            StorageError(code, "Could not \(action) in \(place): \(reason)", underlying: self)
        }
        switch code {
        case "NoSuchBucket":
            return failure(.invalid, "there is no such bucket. Create it, or correct the bucket's name in the URL.")
        case "InvalidAccessKeyId":
            return failure(.invalid, "the server does not know the access key. Correct the key in the URL.")
        case "SignatureDoesNotMatch":
            return failure(.invalid, "the server refused the signature. Correct the secret in the URL.")
        case "RequestTimeTooSkewed":
            return failure(
                .unavailable, "the clocks of this machine and of the server differ too much. Set this machine's clock.")
        case "PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed",
            "IllegalLocationConstraintException":
            let hint = region.map { "region=\($0)" } ?? "the right region"
            return failure(.invalid, "the bucket is in another region. Put \(hint) into the URL.")
        case "EntityTooLarge": return failure(.tooLarge, "the server does not take objects that large.")
        case "QuotaExceeded", "XMinioStorageFull":
            return failure(.full, "the server has no room left. Free or add some.")
        default: break
        }
        let told = [code, detail].compactMap(\.self).joined(separator: ": ")
        let reason = told.isEmpty ? "status \(status)" : "status \(status), \(told.prefix(300))"
        switch status {
        case 301, 307: return failure(.invalid, "the bucket is at another place. Correct host and region in the URL.")
        case 401, 403:
            return failure(
                .readOnly,
                "the server forbids it (\(reason)). Check the key, its secret, its rights and this machine's clock.")
        case 404: return failure(.notFound, "it is not there (\(reason)).")
        case 412: return failure(.conflict, "it exists already.")
        case 409: return failure(.conflict, "somebody else is changing it (\(reason)).")
        case 416: return failure(.invalid, "the range has no byte of it.")
        case 429, 503: return failure(.busy, "the server is overloaded (\(reason)). Try again later.")
        case 507: return failure(.full, "the server has no room left. Free or add some.")
        case 500...: return failure(.unavailable, "the server failed (\(reason)). Try again later.")
        default: return failure(.invalid, "the server refused (\(reason)).")
        }
    }
}
