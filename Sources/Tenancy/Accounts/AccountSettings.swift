/// How people come to have accounts, and how long things last.
package struct AccountSettings: Sendable {
    /// Who may sign up.
    package enum SignUp: String, Hashable, Sendable, CaseIterable {
        /// Everybody with an e-mail address.
        case open
        /// Whoever has been invited.
        case inviteOnly = "invite-only"
        /// Nobody.
        case closed
    }

    package var signUp: SignUp = .inviteOnly
    /// What links in letters begin with: `https://suisha.example.com`.
    package var publicOrigin: String = "http://localhost:8080"
    /// How long a session lasts without being used; at least ten minutes, because use is noted every five.
    package var idleTimeout: Duration = .seconds(14 * 86_400)
    /// How long a session lasts at most.
    package var sessionLifetime: Duration = .seconds(90 * 86_400)
    /// How many sessions one person has at once; the oldest give way.
    package var maximumSessions: Int = 50
    package var verificationLifetime: Duration = .seconds(2 * 86_400)
    package var resetLifetime: Duration = .seconds(3_600)
    package var ownerLinkLifetime: Duration = .seconds(86_400)
    /// How long a sign-in counts as proof of who asks for something that is hard to undo.
    package var proofLifetime: Duration = .seconds(600)
    /// How many letters of one kind strangers can have sent to one address.
    package var lettersPerHour: Int = 3
    package var lettersPerDay: Int = 10
    /// How many links for a new password work at once: as many as are sent while one lasts, so that nobody ends another's.
    package var resetLinks: Int = 3
    /// How long a second step may take.
    package var secondStepLifetime: Duration = .seconds(300)
    /// How often a code may be tried in one second step.
    package var secondStepAttempts: Int = 5

    package init() {}
}
