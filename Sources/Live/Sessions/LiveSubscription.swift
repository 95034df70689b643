import Synchronization

/// One reader's subscription to one stream. What was missed, what is new and what had to wait are all the same: the events after
/// the last that the reader was given.
final class LiveSubscription: Sendable {
    let stream: LiveStream
    private let reader: LiveReader
    private let state = Mutex(SubscriptionState())
    private let number = Mutex<Int?>(nil)
    private let onEnd: @Sendable () -> Void

    /// How many events go out at once.
    private static let batch = 64

    /// - Parameter onEnd: called when the stream has nothing more for the reader, who was told to subscribe again.
    init(_ stream: LiveStream, for reader: LiveReader, onEnd: @escaping @Sendable () -> Void) {
        self.stream = stream
        self.reader = reader
        self.onEnd = onEnd
    }

    /// Sends the events after a position and everything that follows, the answer being on its way.
    func begin(after position: LivePosition) {
        guard state.withLock({ $0.begin(after: position.seq) }) == .read else { return }
        // From here on the stream wakes it; what came before is read now.
        let isAdded = number.withLock { number in
            number = stream.add(self, epoch: position.epoch)
            return number != nil
        }
        if isAdded { pump() } else { end(at: stream.position) }
    }

    /// Sends what there is and there is room for.
    ///
    /// - Parameter fresh: the newest events, which most readers need and nothing else.
    func pump(_ fresh: [LiveFrame] = []) {
        let ended = state.withLock { state -> Bool in
            if let first = fresh.first?.position?.seq, let last = fresh.last?.position?.seq,
                last == first + Int64(fresh.count) - 1, state.continues(at: first)
            {
                guard state.offered(fresh.count, taken: reader.offer(fresh)) == .read else { return false }
            }
            // What one that is full has missed shows when it has caught up.
            var step = reader.takesEvents ? state.woken() : .rest
            while step == .read { step = read(&state) }
            if step == .resync { reader.send(.resync(stream.name, at: stream.position)) }
            return step == .resync
        }
        if ended { finish() }
    }

    /// There is nothing to listen to any more.
    func end(at position: LivePosition) {
        let step = state.withLock { state in
            let step = state.lost()
            if step == .resync { reader.send(.resync(stream.name, at: position)) }
            return step
        }
        if step == .resync { finish() }
    }

    /// Stops without a word.
    func cancel() {
        state.withLock { $0.end() }
        detach()
    }

    private func read(_ state: inout SubscriptionState) -> SubscriptionState.Step {
        switch stream.next(after: state.seq, limit: Self.batch) {
        case .frames(let frames): return state.offered(frames.count, taken: reader.offer(frames))
        case .lost: return state.lost()
        case .nothing:
            if let (frame, number) = stream.tick(after: state.tick), reader.offer(progress: frame) {
                state.offered(tick: number)
            }
            return .rest
        }
    }

    private func finish() {
        detach()
        onEnd()
    }

    private func detach() {
        let number = number.withLock { number in
            defer { number = nil }
            return number
        }
        if let number { stream.remove(number) }
    }
}
