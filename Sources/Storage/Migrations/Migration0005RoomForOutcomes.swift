extension Migration {
    /// Room on each page for the outcomes of its jobs: an outcome that stays on its page touches no index. And who else has a
    /// file, for jobs that are removed.
    static let roomForOutcomes: Migration = .init(
        number: 5, name: "room for outcomes", statements: ["CREATE INDEX artifact_object ON artifact (object)"],
        postgres: ["ALTER TABLE job SET (fillfactor = 55)"])
}
