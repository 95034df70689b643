import Model
import Testing

@testable import Tenancy

@Suite("Codes of authenticator apps (B1)")
struct OneTimePasswordTests {
    @Test(
        "the codes are those of RFC 6238",
        arguments: [
            (59, "94287082"), (1_111_111_109, "07081804"), (1_111_111_111, "14050471"), (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"), (20_000_000_000, "65353130"),
        ] as [(Int64, String)])
    func vectors(seconds: Int64, code: String) {
        let password = OneTimePassword(secret: Array("12345678901234567890".utf8), digits: 8)
        let time = Timestamp(microseconds: seconds * 1_000_000)
        #expect(password.code(at: OneTimePassword.step(at: time)) == code)
    }

    @Test("a code works within half a minute of its time, and once")
    func window() {
        let password = OneTimePassword(secret: Array("12345678901234567890".utf8))
        let now = Timestamp(microseconds: 1_000_000_000_000_000)
        let step = OneTimePassword.step(at: now)
        for offset in -3...3 as ClosedRange<Int64> {
            let found = password.matchingStep(password.code(at: step + offset), at: now, after: 0)
            #expect(found == (abs(offset) <= 1 ? step + offset : nil))
        }
        #expect(password.matchingStep(password.code(at: step), at: now, after: step) == nil)
        #expect(password.matchingStep(password.code(at: step - 1), at: now, after: step) == nil)
        #expect(password.matchingStep("", at: now, after: 0) == nil)
    }

    @Test("a secret can be typed as apps show it")
    func base32() throws {
        let secret = Array("12345678901234567890".utf8)
        let text = OneTimePassword(secret: secret).text
        #expect(text.revealed == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
        #expect(Base32.bytes("gezd gnbv gy3t qojq gezd gnbv gy3t qojq") == secret)
        #expect(Base32.bytes("GEZD!") == nil)
        let url = OneTimePassword(secret: secret).url(issuer: "Suisha", account: "a&b@example.com")
        #expect(
            url == "otpauth://totp/Suisha:a%26b@example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Suisha"
                + "&algorithm=SHA1&digits=6&period=30")
    }

    @Test("a recovery code is read as people type it")
    func recovery() throws {
        let code = RecoveryCode(random: .system)
        #expect(code.secret.revealed.utf8.count == 19)
        let typed = code.secret.revealed.uppercased().replacing("-", with: " ")
        #expect(RecoveryCode(typed: typed)?.digest == code.digest)
        #expect(RecoveryCode(typed: "123456") == nil)
        #expect(RecoveryCode(typed: String(repeating: "a", count: 1_000)) == nil)
    }
}
