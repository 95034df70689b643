/// Whether the peer still answers.
struct Liveness {
    enum Action: Equatable {
        case ping
        case giveUp
    }

    /// Pings in a row after which nothing was heard.
    private var unanswered = 0

    /// Takes note of anything that the peer sent.
    mutating func heard() {
        unanswered = 0
    }

    /// Says what to do when the interval has passed.
    ///
    /// - Parameter isListening: whether anything is read from the peer; who is not heard cannot be blamed for silence.
    mutating func intervalPassed(isListening: Bool) -> Action {
        guard isListening else {
            unanswered = 0
            return .ping
        }
        guard unanswered < 2 else { return .giveUp }
        unanswered += 1
        return .ping
    }
}
