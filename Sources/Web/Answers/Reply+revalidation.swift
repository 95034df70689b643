import Endpoints
import Foundation
import HTTPTypes
import NIOCore

extension Reply {
    /// Gives the answer to a GET a tag of its bytes, and leaves the bytes out for whoever has them.
    mutating func revalidate(_ request: HTTPRequest) {
        guard request.method == .get || request.method == .head, status == .ok, case .data(let bytes) = body else {
            return
        }
        if headers[.eTag] == nil {
            guard headers[.contentType]?.hasPrefix("application/json") ?? false else { return }
            headers[.eTag] = EntityTag(of: Data(bytes.readableBytesView)).description
        }
        guard let known = request.headerFields[.ifNoneMatch], let tag = headers[.eTag],
            EntityTag.isListed(tag, in: known)
        else { return }
        status = .notModified
        body = .none
        headers[.contentType] = nil
    }
}

extension HTTPFields {
    /// Adds headers that the server sets, in place of those of the handler.
    mutating func add(_ values: [String: String]) {
        for (name, value) in values {
            if let name = HTTPField.Name(name) { self[name] = value }
        }
    }
}
