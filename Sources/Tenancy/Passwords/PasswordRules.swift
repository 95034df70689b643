import Endpoints
import Foundation
package import Model

/// Which passwords are taken: long enough, short enough to be hashed, and not among the first that anybody would try.
///
/// No rule about kinds of characters: they make people choose worse ones (NIST SP 800-63B).
package struct PasswordRules: Sendable {
    /// The fewest and the most characters.
    package static let characters: ClosedRange<Int> = 8...1_024
    /// Beyond it nothing is counted, let alone hashed.
    static let maximumBytes = 4_096

    /// Checks a password that somebody is about to choose.
    ///
    /// - Parameter words: what belongs to the person, such as the e-mail address, and so is easily guessed.
    /// - Throws: ``Problem`` that says what is wrong with it.
    package static func check(new password: Secret, besides words: [String] = []) throws {
        try check(length: password)
        let text = password.revealed
        guard text.count >= characters.lowerBound else {
            throw refusal("A password has at least \(characters.lowerBound) characters.")
        }
        let folded = fold(text)
        guard !CommonPasswords.all.contains(folded), Set(folded).count > 2 else {
            throw refusal("This is among the most common passwords; choose another one.")
        }
        for word in words.map(fold) where word == folded || word.prefix(while: { $0 != "@" }) == folded {
            throw refusal("A password must not be the e-mail address or the name; choose another one.")
        }
    }

    /// Refuses what is too long to be anybody's password, before it is hashed.
    package static func check(length password: Secret) throws {
        let text = password.revealed
        guard text.utf8.count <= maximumBytes, text.count <= characters.upperBound else {
            throw refusal("A password has at most 1,024 characters.")
        }
    }

    private static func fold(_ text: String) -> String {
        text.precomposedStringWithCompatibilityMapping.lowercased()
    }

    private static func refusal(_ detail: String) -> Problem {
        Problem(.unprocessable, detail, field: "password")
    }
}
