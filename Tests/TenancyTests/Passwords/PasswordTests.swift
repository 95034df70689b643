import Conformance
import Endpoints
import Foundation
import Model
import Synchronization
import Tenancy
import Testing

@Suite("Passwords (B1)")
struct PasswordTests {
    @Test("a password matches its own hash alone, whatever the keyboard composes")
    func matching() async throws {
        let passwords = try await TestPasswords.shared.value()
        let hash = try await passwords.hash(Secret("caf\u{E9} au lait"))
        #expect(hash.text.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
        #expect(try await passwords.check(Secret("cafe\u{301} au lait"), against: hash) == .right(better: nil))
        #expect(try await passwords.check(Secret("cafe au lait"), against: hash) == .wrong)
        #expect(try await passwords.check(Secret(""), against: hash) == .wrong)
        #expect(try await passwords.check(Secret("caf\u{E9} au lait"), against: nil) == .wrong)
        #expect("\(hash)" == "***")
    }

    @Test("a hash of another cost is made again when the password is right, and only then")
    func rehash() async throws {
        let before = try await TestPasswords.shared.value()
        let now = try await Passwords(cost: PasswordCost(passes: 3, memory: .mebibytes(20)))
        let old = try await before.hash(Secret("mizuguruma mawaru"))
        #expect(try await now.check(Secret("mizuguruma mawarou"), against: old) == .wrong)
        guard case .right(let better?) = try await now.check(Secret("mizuguruma mawaru"), against: old) else {
            Issue.record("the weaker hash was kept")
            return
        }
        #expect(better.text.contains("m=20480,t=3"))
        #expect(try await now.check(Secret("mizuguruma mawaru"), against: better) == .right(better: nil))
    }

    @Test("the cost is never below 19 MiB and two passes")
    func floor() {
        #expect(PasswordCost(passes: 1, memory: .mebibytes(1)) == .floor)
    }

    @Test(
        "a password that is too short, common or personal is refused",
        arguments: [
            "short7!", "password123", "PassWord123", "ｐａｓｓｗｏｒｄ１２３", "aaaaaaaaaaaa", "abababababab",
            "aiko@example.com", "Aiko.Tanaka",
        ])
    func refused(text: String) throws {
        #expect(throws: Problem.self) {
            try PasswordRules.check(new: Secret(text), besides: ["aiko@example.com", "aiko.tanaka"])
        }
    }

    @Test("lengths are counted in characters, from 8 to 1,024")
    func lengths() throws {
        try PasswordRules.check(new: Secret("水車がまわる回る"))
        try PasswordRules.check(new: Secret(String(repeating: "aB3", count: 341) + "x"))
        #expect(throws: Problem.self) { try PasswordRules.check(new: Secret("水車がまわる回")) }
        #expect(throws: Problem.self) { try PasswordRules.check(new: Secret(String(repeating: "abcde", count: 205))) }
    }

    @Test("a password of a megabyte is refused before anything is hashed: the attack on memory and time")
    func megabyte() async throws {
        // A pool without threads to spare: a call that needs it would wait for the one that holds it.
        let pool = HashingPool(threads: 1, waiting: 0)
        let passwords = try await Passwords(pool: pool)
        let long = Secret(String(repeating: "x", count: 1 << 20))
        #expect(try await refusal { try await passwords.check(long, against: nil) }.kind == .unprocessable)
        #expect(try await refusal { try await passwords.hash(long) }.kind == .unprocessable)
    }

    @Test("a flood of sign-ins is refused with 503 and Retry-After, and the pool recovers")
    func flood() async throws {
        let passwords = try await Passwords(pool: HashingPool(threads: 1, waiting: 4))
        let hash = try await passwords.hash(Secret("slowly turning wheel"))
        let outcomes = await withTaskGroup(of: Result<PasswordVerdict, any Error>.self) { group in
            for _ in 0..<40 {
                group.addTask {
                    do {
                        return .success(try await passwords.check(Secret("slowly turning wheel"), against: hash))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let refusals = outcomes.compactMap { outcome in
            if case .failure(let error) = outcome { error as? Problem } else { nil }
        }
        #expect(!refusals.isEmpty)
        #expect(refusals.allSatisfy { $0.kind == .unavailable && $0.retryAfter != nil })
        // Four wait, and a fifth if the first has begun by then.
        #expect(outcomes.count - refusals.count >= 4)
        #expect(try await passwords.check(Secret("slowly turning wheel"), against: hash) == .right(better: nil))
    }

    @Test("the unknown e-mail costs what the known one does: the decoy is hashed at the same cost")
    func equalCost() async throws {
        let passwords = try await Passwords(pool: HashingPool(threads: 1))
        let hash = try await passwords.hash(Secret("slowly turning wheel"))
        let clock = ContinuousClock()
        var known: [Duration] = []
        var unknown: [Duration] = []
        for _ in 0..<15 {
            known.append(
                try await clock.measure { _ = try await passwords.check(Secret("wrong password"), against: hash) })
            unknown.append(
                try await clock.measure { _ = try await passwords.check(Secret("wrong password"), against: nil) })
        }
        // The machine is shared, so the bounds are wide: without a hash the ratio would be about a thousandth.
        let ratio = try #require(unknown.min()) / (try #require(known.min()))
        #expect((0.25...4).contains(ratio))
    }
}
