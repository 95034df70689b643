/// How far a connection is on its way to its end (RFC 6455, section 7).
///
/// ```
/// open ── we close ──▶ asked ── answer ──▶ finishing ── peer closes its side, or time is up ──▶ over
///   ├─── peer closes, or breaks the protocol ──▶ finishing
///   └─── lost, or time is up ──▶ over (from everywhere)
/// ```
/// When both have said that they close, only our sending side is shut at first: closing a socket with bytes unread would make
/// the kernel throw away the close frame that is on its way.
struct ClosingState {
    enum Phase: Equatable {
        case open
        /// Our close frame is sent, the peer's is awaited.
        case asked
        /// All is said; our side is shut and the peer's end is awaited.
        case finishing
        case over
    }

    enum Action: Equatable {
        case nothing
        /// Send a close frame and start the clock.
        case send(WebSocketCloseCode, reason: String)
        /// Send a close frame, shut our side behind it, and start the clock.
        case sendAndShut(WebSocketCloseCode, reason: String)
        /// Shut our side.
        case shut
        /// Close the connection at once.
        case end
    }

    private(set) var phase = Phase.open
    /// The code that the connection ended with, once that is decided.
    private(set) var code: WebSocketCloseCode?

    var isOpen: Bool { phase == .open }

    /// Whether what the peer sends still matters.
    var isListening: Bool { phase == .open || phase == .asked }

    mutating func close(_ code: WebSocketCloseCode, reason: String) -> Action {
        guard phase == .open else { return .nothing }
        self.code = code
        phase = .asked
        return .send(code, reason: reason)
    }

    mutating func closeFrame(_ code: WebSocketCloseCode) -> Action {
        switch phase {
        case .open:
            self.code = code
            phase = .finishing
            return .sendAndShut(code, reason: "")
        case .asked:
            phase = .finishing
            return .shut
        case .finishing, .over:
            return .nothing
        }
    }

    mutating func fault(_ fault: WebSocketFault) -> Action {
        switch phase {
        case .open:
            code = fault.code
            phase = .finishing
            return .sendAndShut(fault.code, reason: fault.reason)
        case .asked:
            phase = .finishing
            return .shut
        case .finishing, .over:
            return .nothing
        }
    }

    /// The peer closed its side, stopped answering, or had its time.
    mutating func stop() -> Action {
        guard phase != .over else { return .nothing }
        code = code ?? .lost
        phase = .over
        return .end
    }

    /// The connection is gone.
    mutating func lost() {
        code = code ?? .lost
        phase = .over
    }
}
