/// What a workspace gets of the workers.
package struct WorkspaceLimit: Hashable, Sendable {
    /// Its part against other busy workspaces, 1 to 1,000: twice the weight is twice the working time.
    package let weight: Int
    /// How many of its jobs may be ready or running at once; nil for no bound.
    package let slots: Int?

    package init(weight: Int = 1, slots: Int? = nil) {
        self.weight = min(max(weight, 1), 1_000)
        self.slots = slots.map { max($0, 1) }
    }
}
