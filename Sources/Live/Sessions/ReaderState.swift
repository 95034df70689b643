/// How well one client keeps up with what it is sent.
///
/// Keeping up, it gets everything. When much waits for it, reports of progress are withheld, of which the latest is enough.
/// When there is no room at all, events stay in their streams until it has caught up; what their streams no longer keep by
/// then it must fetch again. One that takes nothing for long is let go.
struct ReaderState {
    enum Phase: Hashable {
        case keepingUp
        /// Reports of progress are withheld.
        case slow
        /// Nothing goes out.
        case full
        case over
    }

    enum Action: Hashable {
        case nothing
        /// Wait until less waits for it, and then ``drained()`` or ``stalled()``.
        case awaitDrain
        /// Send what was withheld.
        case catchUp
        case close
    }

    /// More than this withholds reports of progress.
    static let comfortable = 65_536
    /// A slow client has caught up when less than this waits.
    static let low = 32_768

    private(set) var phase: Phase = .keepingUp

    /// Whether an event may be offered.
    var takesEvents: Bool { phase == .keepingUp || phase == .slow }
    /// Whether a report of progress may be offered.
    var takesProgress: Bool { phase == .keepingUp }

    /// The connection took what it was offered, or had no room.
    mutating func offered(accepted: Bool, queued: Int) -> Action {
        switch phase {
        case .keepingUp:
            guard !accepted || queued > Self.comfortable else { return .nothing }
            phase = accepted ? .slow : .full
            return .awaitDrain
        case .slow:
            if !accepted { phase = .full }
            return .nothing
        case .full, .over: return .nothing
        }
    }

    /// There was no room for what may not be left out.
    mutating func lost() -> Action {
        defer { phase = .over }
        return phase == .over ? .nothing : .close
    }

    /// Little waits for it now.
    mutating func drained() -> Action {
        guard phase != .over, phase != .keepingUp else { return .nothing }
        phase = .keepingUp
        return .catchUp
    }

    /// It has not caught up within the time that it is given. Only who takes nothing at all is let go: on a narrow line, or one
    /// that is always busy, events still get through.
    ///
    /// - Parameters:
    ///   - queued: how much waits for it now.
    ///   - before: how much waited when that time began; nil when there was room then.
    mutating func stalled(queued: Int, before: Int?) -> Action {
        switch phase {
        case .keepingUp, .over: return .nothing
        case .slow: return .awaitDrain
        case .full:
            // Next to nothing goes out to who is full, so what is less was taken.
            guard let before, queued >= before else { return .awaitDrain }
            phase = .over
            return .close
        }
    }
}
