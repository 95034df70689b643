import Foundation
package import Model
package import Storage

/// What a workspace is given. Plans are data: configuration adds and replaces them.
package struct Plan: Hashable, Sendable, Codable {
    /// Its stable name: `starter`.
    package let name: String
    /// Its name for people.
    package let title: String
    /// The bounds of meters; one that is missing has none.
    package let limits: [String: Int64]
    /// Its part of the workers against other busy workspaces, 1 to 1,000.
    package let weight: Int
    /// How many of its jobs run at once; nil for no bound.
    package let slots: Int?
    /// The most urgent band that its jobs may ask for.
    package let band: Band
    /// For how many days finished jobs are kept; nil for as long as the server's settings say.
    package let retentionDays: Int?
    /// Permissions that nobody has in a workspace with this plan.
    package let withheld: PermissionSet

    package init(
        name: String, title: String, limits: [Meter: Int64] = [:], weight: Int, slots: Int?,
        band: Band = .interactive, retentionDays: Int? = nil, withheld: PermissionSet = []
    ) {
        self.name = name
        self.title = title
        self.limits = Dictionary(uniqueKeysWithValues: limits.map { ($0.key.rawValue, $0.value) })
        self.weight = weight
        self.slots = slots
        self.band = band
        self.retentionDays = retentionDays
        self.withheld = withheld
    }

    /// The bound of a meter; nil for none.
    package func cap(of meter: Meter) -> Int64? { limits[meter.rawValue] }

    /// How long finished jobs are kept; nil for as long as the server's settings say.
    package var retention: Duration? { retentionDays.map { .seconds($0 * 86_400) } }

    /// What it gives of the workers.
    package var workspaceLimit: WorkspaceLimit { .init(weight: weight, slots: slots) }

    private enum CodingKeys: String, CodingKey {
        case name, title, limits, weight, slots, band, withheld
        case retentionDays = "retention_days"
    }

    /// Reads a plan of the configuration: what is left out is what a plan without bounds has.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        title = try container.decodeIfPresent(String.self, forKey: .title) ?? name.capitalized
        limits = try container.decodeIfPresent([String: Int64].self, forKey: .limits) ?? [:]
        weight = try container.decodeIfPresent(Int.self, forKey: .weight) ?? 1
        slots = try container.decodeIfPresent(Int.self, forKey: .slots)
        band = try container.decodeIfPresent(Band.self, forKey: .band) ?? .interactive
        retentionDays = try container.decodeIfPresent(Int.self, forKey: .retentionDays)
        withheld = try container.decodeIfPresent(PermissionSet.self, forKey: .withheld) ?? []
    }
}
