extension Migration {
    /// Room on each page for the outcomes of its jobs: an outcome that stays on its page touches no index.
    static let roomForOutcomes: Migration = .init(
        number: 5, name: "room for outcomes", statements: [],
        postgres: ["ALTER TABLE job SET (fillfactor = 55)"])
}
