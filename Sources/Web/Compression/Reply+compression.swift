import Foundation
import HTTPTypes
import NIOCore

extension Reply {
    /// Pages below this are sent faster than they are compressed.
    private static let leastBytes = 1_400

    /// Compresses a page for a reader that takes it so. What the API answers stays as it is: behind one address and one tag
    /// there is one sequence of bytes.
    mutating func compressPage(for request: HTTPRequest) {
        guard case .data(let bytes) = body, headers[.contentType]?.hasPrefix("text/html") ?? false,
            headers[.contentEncoding] == nil
        else { return }
        headers[.vary] = headers[.vary].map { "\($0), Accept-Encoding" } ?? "Accept-Encoding"
        guard bytes.readableBytes >= Self.leastBytes, Gzip.isAccepted(by: request.headerFields[.acceptEncoding]),
            let packed = Gzip.compressed(Data(bytes.readableBytesView), effort: .quick)
        else { return }
        body = .data(ByteBuffer(bytes: packed))
        headers[.contentEncoding] = "gzip"
    }
}
