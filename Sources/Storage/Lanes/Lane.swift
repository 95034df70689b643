import Model

/// Jobs that wait in one line: those of a workspace, a band and a kind that need the same caps. Within a lane the higher
/// priority comes first, then the older job; between lanes, fairness decides.
struct Lane: Hashable, Sendable {
    let workspace: WorkspaceID
    let band: Int
    let kind: String
    /// Names of the caps, sorted, with spaces between; empty for none.
    let caps: String

    /// How many jobs of a lane stand ready for workers at most. Bounds what a claim looks at, however long the line is.
    static let window = 64

    init(workspace: WorkspaceID, band: Int, kind: String, caps: String) {
        self.workspace = workspace
        self.band = band
        self.kind = kind
        self.caps = caps
    }

    init(_ row: SQLRow) throws(StorageError) {
        workspace = try row.id("workspace")
        band = Int(try row.integer("band"))
        kind = try row.text("kind")
        caps = try row.text("caps")
    }

    static func caps(_ keys: some Sequence<CapKey>) -> String {
        Set(keys).sorted().map(\.text).joined(separator: " ")
    }

    var capKeys: [String] { caps.split(separator: " ").map(String.init) }

    /// The values of a condition `workspace = $1 AND band = $2 AND kind = $3 AND caps = $4`.
    var values: [SQLValue] { [SQLValue(workspace), SQLValue(band), .text(kind), .text(caps)] }

    /// The workspace's account in a band.
    var share: Share { .init(workspace: workspace, band: band) }

    struct Share: Hashable, Comparable, Sendable {
        let workspace: WorkspaceID
        let band: Int

        /// The order in which shares are locked: that of the database's UUIDs.
        static func < (left: Self, right: Self) -> Bool {
            (left.workspace, left.band) < (right.workspace, right.band)
        }
    }
}
