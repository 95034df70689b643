import Model
import Testing

@testable import Tenancy

@Suite("Encryption at rest (B2)")
struct VaultTests {
    private let old = Secret(String(repeating: "o", count: 40))
    private let new = Secret(String(repeating: "n", count: 40))

    @Test("what one key sealed opens behind a newer one, and is known to be old")
    func rotation() throws {
        let before = try Vault([old])
        let sealed = try before.seal(Secret("water"), for: "a/1")
        let after = try Vault([new, old])
        #expect(try after.open(sealed, for: "a/1") == Secret("water"))
        #expect(before.isCurrent(sealed) && !after.isCurrent(sealed))
        #expect(throws: VaultError.unknownKey("a/1")) { try Vault([new]).open(sealed, for: "a/1") }
    }

    @Test("what was changed or moved does not open, and two sealings differ")
    func tampering() throws {
        let vault = try Vault([new])
        let sealed = try vault.seal(Secret("water"), for: "a/1")
        #expect(sealed != (try vault.seal(Secret("water"), for: "a/1")))
        #expect(throws: VaultError.unreadable("a/2")) { try vault.open(sealed, for: "a/2") }
        for text in ["", "v1", "v2" + sealed.dropFirst(2), sealed + "A", String(sealed.dropLast(4))] {
            #expect(throws: VaultError.self) { try vault.open(text, for: "a/1") }
        }
    }

    @Test("a short key is refused with what to do")
    func short() {
        #expect(throws: VaultError.shortKey) { try Vault([Secret("short")]) }
        #expect(throws: VaultError.noKey) { try Vault([]) }
    }
}
