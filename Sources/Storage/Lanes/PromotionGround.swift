import Model

/// What a promotion stands on: counted and locked.
struct PromotionGround {
    let fronts: LaneFronts
    /// Slots left of caps, and of workspaces with a limit.
    var room: [String: Int] = [:]
    var shares: [Lane.Share: FairShare] = [:]
    var limited: Set<WorkspaceID> = []
    /// Workspaces of which nothing starts now.
    var held: Set<WorkspaceID> = []
    var costs: [String: Int64] = [:]
    var clocks: [Int: Int64] = [:]
    var standing: [Lane: Standing] = [:]
    /// Lanes of which jobs were tagged.
    var served: Set<Lane> = []

    func keys(_ lane: Lane) -> [String] {
        lane.capKeys + (limited.contains(lane.workspace) ? [PromotionOrder.cap(of: lane.workspace)] : [])
    }

    /// Jobs of a lane that may start as far as its caps are concerned; nil without caps.
    func room(for lane: Lane) -> Int? { keys(lane).map { room[$0] ?? 0 }.min() }

    /// The jobs of a lane that stand ready.
    struct Standing {
        var count: Int
        var lowest: Int64?
    }
}
