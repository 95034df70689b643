import Endpoints
import Tenancy
import Testing

@Suite("E-mail addresses (B1)")
struct EmailAddressTests {
    @Test(
        "spellings of one mailbox are equal",
        arguments: [
            ("Aiko@Example.COM", "Aiko@example.com", "aiko@example.com"),
            ("  aiko@example.com ", "aiko@example.com", "aiko@example.com"),
            ("ａｉｋｏ＠ｅｘａｍｐｌｅ．ｃｏｍ", "aiko@example.com", "aiko@example.com"),
            ("a.b+c@xn--fsq.example", "a.b+c@xn--fsq.example", "a.b+c@xn--fsq.example"),
        ])
    func normal(text: String, address: String, normal: String) throws {
        let email = try EmailAddress(text)
        #expect(email.address == address)
        #expect(email.normal == normal)
    }

    @Test(
        "what is no address, or would be more than one, is refused",
        arguments: [
            "", "aiko", "@example.com", "aiko@", "aiko@example", "a@b@example.com", ".a@example.com",
            "a..b@example.com",
            "a b@example.com", "aiko@example.com\r\nBcc: all@example.com", "aiko\n@example.com", "\"a\"@example.com",
            "aiko@-example.com", "aiko@example..com", "aiko@127.0.0.1", "aiko@[127.0.0.1]", "aikö@example.com",
            "aiko@exämple.com", "a,b@example.com", "<aiko@example.com>", "aiko@example.com\u{0}",
            String(repeating: "a", count: 65) + "@example.com", "a@" + String(repeating: "a.", count: 130) + "com",
        ])
    func refused(text: String) {
        #expect(throws: Problem.self) { try EmailAddress(text) }
    }
}
