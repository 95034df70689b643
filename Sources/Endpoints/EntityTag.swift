import Crypto
package import Foundation

/// The version of what an answer shows: an `ETag`. Strong: two documents with the same tag are the same bytes.
package struct EntityTag: Hashable, Sendable, CustomStringConvertible {
    /// Without the quotes around it.
    package let value: String

    /// The tag of a version that is counted.
    package init(version: Int64) {
        value = "v\(version)"
    }

    /// The tag of these bytes.
    package init(of data: Data) {
        value = Base64URL.encoded(Data(SHA256.hash(data: data).prefix(16)))
    }

    /// As it stands in a header.
    package var description: String { "\"\(value)\"" }

    /// The version that was counted; nil for other tags.
    package var version: Int64? { value.hasPrefix("v") ? Int64(value.dropFirst()) : nil }

    /// Whether an `If-None-Match` header lists a tag that is written as in a header.
    package static func isListed(_ tag: String, in header: String) -> Bool {
        guard let listed = list(header, strong: false) else { return true }
        return list(tag, strong: false)?.first.map(listed.contains) ?? false
    }

    /// The tags of an `If-Match` or `If-None-Match` header; nil for `*`, which means any. Weak ones are left out where they
    /// are compared strongly.
    static func list(_ header: String, strong: Bool) -> [String]? {
        if header.trimmingCharacters(in: .whitespaces) == "*" { return nil }
        return header.split(separator: ",").compactMap { part in
            let text = part.trimmingCharacters(in: .whitespaces)
            let bare = text.hasPrefix("W/") ? (strong ? "" : String(text.dropFirst(2))) : text
            return bare.count >= 2 && bare.hasPrefix("\"") && bare.hasSuffix("\"")
                ? String(bare.dropFirst().dropLast()) : nil
        }
    }
}

extension EndpointRequest {
    /// Whether the caller already has this version: `If-None-Match` names it.
    package func has(_ tag: EntityTag) -> Bool {
        guard let header = headers["if-none-match"] else { return false }
        return EntityTag.list(header, strong: false)?.contains(tag.value) ?? true
    }

    /// Lets a change through only when it was made from the newest version.
    ///
    /// - Parameters:
    ///   - tag: of what is there now; nil when there is nothing.
    ///   - required: whether a change without `If-Match` is refused, so that nobody overwrites what they have not seen.
    /// - Throws: `Problem` of the kind `preconditionFailed` or `preconditionRequired`.
    package func checkMatch(_ tag: EntityTag?, required: Bool = false) throws {
        guard let header = headers["if-match"] else {
            if required, tag != nil {
                throw Problem(
                    .preconditionRequired, "Send the ETag of the version that you changed in the header If-Match.")
            }
            return
        }
        let listed = EntityTag.list(header, strong: true)
        guard let tag, listed?.contains(tag.value) ?? true else {
            throw Problem(
                .preconditionFailed, "It was changed since you read it. Read it again, and repeat your change on that.")
        }
    }

    /// The version that a change was made from, for stores that compare it themselves; nil when any will do.
    ///
    /// - Throws: `Problem` when `If-Match` names none of our versions.
    package func matchedVersion(required: Bool = false) throws -> Int64? {
        guard let header = headers["if-match"] else {
            if required { try checkMatch(EntityTag(version: 0), required: true) }
            return nil
        }
        guard let tags = EntityTag.list(header, strong: true) else { return nil }
        guard tags.count == 1, tags[0].hasPrefix("v"), let version = Int64(tags[0].dropFirst()) else {
            throw Problem(.preconditionFailed, "The header If-Match names no version of this; read it again.")
        }
        return version
    }
}
