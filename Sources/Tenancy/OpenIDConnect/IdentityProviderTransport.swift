package import Model

/// Carries requests to identity providers. Follows no redirect, reads at most ``ProviderResponse/maximumBytes`` and gives up
/// after a few seconds.
package protocol IdentityProviderTransport: Sendable {
    /// - Throws: when there is no answer.
    func send(_ request: ProviderRequest) async throws -> ProviderResponse
}

/// One request to an identity provider.
package struct ProviderRequest: Hashable, Sendable {
    package let url: String
    /// The fields of a form to post; nil for a GET.
    package let form: [Field]?
    /// The content of the `Authorization` header.
    package let authorization: Secret?

    /// One field of a form.
    package struct Field: Hashable, Sendable {
        package let name: String
        package let value: Secret

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = Secret(value)
        }
    }

    /// The body of a form: `application/x-www-form-urlencoded`.
    package var body: String? {
        form?.map { URLQuery.escaped($0.name) + "=" + URLQuery.escaped($0.value.revealed) }.joined(separator: "&")
    }
}

/// What an identity provider answered.
package struct ProviderResponse: Sendable {
    package let status: Int
    package let body: [UInt8]

    /// The most that is read of an answer.
    package static let maximumBytes: Int = 1 << 20

    package init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}

/// Why a provider could not be used; for logs.
struct ProviderError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Values in the query of a URL.
enum URLQuery {
    /// Everything but the unreserved characters of RFC 3986, escaped.
    static func escaped(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.append(Character(Unicode.Scalar(byte)))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return result
    }
}
