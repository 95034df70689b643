import Model

/// A code for whoever has lost the authenticator app: 80 random bits, written as `abcd-efgh-ijkl-mnop`, for one use.
struct RecoveryCode: Sendable {
    /// How many a person gets.
    static let count = 10

    let secret: Secret

    init(random: RandomBytes) {
        let letters = Array(Base32.text(random.bytes(10)).lowercased())
        secret = Secret(
            stride(from: 0, to: 16, by: 4).map { String(letters[$0..<$0 + 4]) }.joined(separator: "-"))
    }

    /// Reads what a person typed, with or without dashes; nil for what cannot be one.
    init?(typed: String) {
        guard typed.utf8.count <= 40 else { return nil }
        let letters = Array(typed.lowercased().filter { $0 != "-" && $0 != " " })
        guard letters.count == 16, letters.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }) else {
            return nil
        }
        secret = Secret(
            stride(from: 0, to: 16, by: 4).map { String(letters[$0..<$0 + 4]) }.joined(separator: "-"))
    }

    var digest: TokenDigest { TokenDigest(of: secret) }
}
