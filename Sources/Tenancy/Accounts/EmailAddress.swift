import Endpoints
import Foundation

/// An e-mail address that somebody may have: checked, in the form to write to and in the form to compare.
package struct EmailAddress: Hashable, Sendable, CustomStringConvertible {
    /// As its owner writes it.
    package let address: String
    /// In lower case: two spellings of one mailbox compare equal.
    package let normal: String

    package var description: String { address }

    /// Reads an address as typed; full-width letters become plain ones.
    ///
    /// The part before the @ is ASCII, without quotes or comments, and the domain is a name with a dot; an international
    /// domain is given in its `xn--` form. Nothing that could end a header line passes.
    ///
    /// - Throws: ``Problem`` that says what is expected.
    package init(_ text: String) throws {
        guard text.utf8.count <= 1_024 else { throw Self.refusal }
        let address = text.precomposedStringWithCompatibilityMapping.trimmingCharacters(in: .whitespaces)
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, address.utf8.count <= 254, Self.isLocalPart(parts[0]), Self.isDomain(parts[1]) else {
            throw Self.refusal
        }
        self.address = "\(parts[0])@\(parts[1].lowercased())"
        normal = address.lowercased()
    }

    /// Wraps an address that the database returned.
    init(stored address: String) {
        self.address = address
        normal = address.lowercased()
    }

    private static var refusal: Problem {
        Problem(.unprocessable, "This is not an e-mail address; write it like name@example.com.", field: "email")
    }

    private static let atoms = Set("!#$%&'*+-/=?^_`{|}~.".utf8)

    private static func isLocalPart(_ text: Substring) -> Bool {
        (1...64).contains(text.utf8.count) && !text.hasPrefix(".") && !text.hasSuffix(".") && !text.contains("..")
            && text.utf8.allSatisfy { isAlphanumeric($0) || atoms.contains($0) }
    }

    private static func isDomain(_ text: Substring) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        return labels.count >= 2 && text.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                    && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
            }
            && labels.last?.utf8.contains { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } == true
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
