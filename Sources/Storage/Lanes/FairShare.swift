/// A workspace's account in a band: the virtual time up to which it has used its share.
///
/// Start-time fair queuing (P. Goyal, H. M. Vin, H. Cheng, "Start-time Fair Queuing", SIGCOMM 1996): a job is tagged with its
/// start S = max(V, F), where V is the start of the latest job served and F the finish of the workspace's previous job; its own
/// finish is S + cost / weight. Serving the lowest start first gives each busy workspace its weight's part of the time, and
/// one that comes back gets the next free slot but no credit for the time that it was away.
struct FairShare: Hashable {
    /// F: where the workspace's next job starts unless V is further.
    private(set) var finish: Int64
    let weight: Int64

    /// No job costs less, so that jobs without measurable work are shared out by number. In microseconds.
    static let leastCost: Int64 = 1_000

    init(finish: Int64, weight: Int64) {
        self.finish = finish
        self.weight = max(weight, 1)
    }

    /// Charges a job and returns its tag.
    mutating func charge(_ cost: Int64, at virtualTime: Int64) -> Int64 {
        let start = max(virtualTime, finish)
        finish = start + max(cost, Self.leastCost) / weight
        return start
    }
}
