package import Storage

extension Migration {
    /// How often something was published on the bus of the database.
    package static let busCount: Migration = .init(
        number: 11,
        name: "bus_count",
        statements: [
            "CREATE TABLE bus_count (published BIGINT NOT NULL)",
            "INSERT INTO bus_count (published) VALUES (0)",
        ]
    )
}
