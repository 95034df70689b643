import Endpoints
package import Model

/// Which part of the past is asked for.
package struct SampleQuery: Hashable, Sendable {
    package var from: Timestamp
    package var end: Timestamp
    /// Nil for the finest that is kept and suits the time.
    package var resolution: Resolution?
    /// Nil for all nodes together.
    package var node: String?

    package init(from: Timestamp, end: Timestamp, resolution: Resolution? = nil, node: String? = nil) {
        self.from = from
        self.end = end
        self.resolution = resolution
        self.node = node
    }
}

/// Stretches of the past, one after the other without gaps between them.
package struct SampleSeries: Hashable, Sendable {
    package let from: Timestamp
    package let step: Duration
    package let resolution: Resolution
    /// Nil where nobody measured.
    package let stretches: [Rollup?]
    /// Those that measured, by name.
    package let nodes: [String]

    var end: Timestamp { from + step * stretches.count }
}

/// Reads the past at the coarseness that a chart has room for.
package struct SampleHistory: Sendable {
    let store: RollupStore
    let retention: SampleRetention
    /// Seconds of this process that are not stored yet, under its name.
    let unstored: @Sendable () -> [RollupStore.Entry]
    let now: @Sendable () -> Timestamp

    /// How many stretches an answer has at most.
    static let maximumStretches = 721
    /// How many rows one answer is made of at most.
    static let maximumRows = 6_000

    /// Steps that people can read from an axis, in seconds.
    private static let steps: [Int] = [
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400,
    ]

    /// - Throws: `Problem` when so fine a resolution of so long a time would be too much to read.
    package func series(_ query: SampleQuery) async throws -> SampleSeries {
        let now = now()
        // What is older than everything that is kept is empty anyway.
        let from = max(query.from, now + (.zero - retention.hours - .seconds(86_400)))
        let end = max(query.end, from + .seconds(1))
        let resolution = query.resolution ?? finest(from: from, to: end, now: now)
        let step = step(resolution, over: end - from)
        let start = from.floor(to: step)
        let count = Int(((end - start) / step).rounded(.up))
        let entries = try await entries(resolution, from: start, to: start + step * count, node: query.node, now: now)
        return SampleSeries(
            from: start, step: step, resolution: resolution, stretches: Self.united(entries, from: start, step, count),
            nodes: Set(entries.map(\.node)).sorted())
    }

    private func finest(from: Timestamp, to end: Timestamp, now: Timestamp) -> Resolution {
        let (age, length) = (now - from, end - from)
        if age <= retention.seconds + .seconds(10), length <= .seconds(3_610) { return .seconds }
        if age <= retention.minutes + .seconds(60), length <= .seconds(36 * 3_600) { return .minutes }
        return .hours
    }

    private func step(_ resolution: Resolution, over length: Duration) -> Duration {
        let least = max(length.fractionalSeconds / Double(Self.maximumStretches - 1), Double(resolution.stepSeconds))
        let step = Self.steps.first { Double($0) >= least }
        return .seconds(step ?? Int((least / 86_400).rounded(.up)) * 86_400)
    }

    /// What every node measured in each stretch of this length.
    private func entries(
        _ resolution: Resolution, from: Timestamp, to end: Timestamp, node: String?, now: Timestamp
    ) async throws -> [RollupStore.Entry] {
        var (entries, rows) = try await store.entries(
            resolution, from: from, to: end, node: node, limit: Self.maximumRows + 1)
        guard rows <= Self.maximumRows else {
            throw Problem(
                .unprocessable,
                "That is too much to read at once: ask for a shorter time, for one node, or for a coarser resolution.",
                field: "resolution")
        }
        guard let finer = resolution.finer else {
            let stored = Set(entries.map(Place.init))
            return entries
                + unstored().filter { entry in
                    entry.at >= from && entry.at < end && (node ?? entry.node) == entry.node
                        && !stored.contains(Place(entry))
                }
        }
        // The newest stretches are made of finer ones once they are over; until then these stand for them.
        let newest = max(from, now.floor(to: resolution.step) + (.zero - resolution.step))
        guard newest < end else { return entries }
        let made = Set(entries.map(Place.init))
        var parts: [Place: RollupStore.Entry] = [:]
        for part in try await self.entries(finer, from: newest, to: end, node: node, now: now) {
            let place = Place(at: part.at.floor(to: resolution.step), node: part.node)
            if made.contains(place) { continue }
            if parts[place] == nil {
                parts[place] = RollupStore.Entry(at: place.at, node: place.node, rollup: part.rollup)
            } else {
                parts[place]?.rollup.append(part.rollup)
            }
        }
        entries += parts.values
        return entries
    }

    private struct Place: Hashable {
        let at: Timestamp
        let node: String

        init(at: Timestamp, node: String) {
            self.at = at
            self.node = node
        }

        init(_ entry: RollupStore.Entry) {
            self.init(at: entry.at, node: entry.node)
        }
    }

    /// First the nodes of each moment, then the moments of each stretch: so a node that was there for a part of the time
    /// counts for that part.
    private static func united(
        _ entries: [RollupStore.Entry], from: Timestamp, _ step: Duration, _ count: Int
    ) -> [Rollup?] {
        var stretches: [Rollup?] = Array(repeating: nil, count: count)
        let moments = Dictionary(grouping: entries, by: \.at).sorted { $0.key < $1.key }
        for (at, unsorted) in moments {
            let nodes = unsorted.sorted { $0.node < $1.node }
            let index = Int((at - from).microseconds / step.microseconds)
            guard stretches.indices.contains(index), var moment = nodes.first?.rollup else { continue }
            for node in nodes.dropFirst() { moment.join(node.rollup) }
            if stretches[index] == nil { stretches[index] = moment } else { stretches[index]?.append(moment) }
        }
        return stretches
    }
}
