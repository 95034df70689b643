import Model

/// Which lines to look at.
struct PromotionOrder: Sendable {
    var lanes: Set<Lane> = []
    /// Caps of which slots came free: the lines that wait for them are looked at as well.
    var caps: Set<String> = []
    /// Workspaces with a limit of their own of which slots came free.
    var workspaces: Set<WorkspaceID> = []

    var isEmpty: Bool { lanes.isEmpty && caps.isEmpty && workspaces.isEmpty }

    mutating func merge(_ other: PromotionOrder) {
        lanes.formUnion(other.lanes)
        caps.formUnion(other.caps)
        workspaces.formUnion(other.workspaces)
    }

    /// The name under which lines wait for room in their workspace.
    static func cap(of workspace: WorkspaceID) -> String { workspace.description }
}

/// What a promotion did.
struct Promotion: Sendable {
    /// Jobs that are ready now, or ready at another place.
    var ready: [DispatchEntry] = []
    /// Jobs that wait again because more urgent ones of their lane came.
    var parked: [DispatchEntry] = []
    /// Lanes that need locks which this transaction did not take.
    var again: Set<Lane> = []
}
