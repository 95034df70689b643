extension Migration {
    /// Which files of workspaces the object store holds, so that they are counted, and removed when nothing needs them.
    static let storedObjects: Migration = .init(
        number: 13,
        name: "stored objects",
        statements: [
            // A file is `arriving` until all of it is there, then `kept`, and `removing` from the decision to its end.
            """
            CREATE TABLE stored_object (
                object TEXT NOT NULL PRIMARY KEY,
                workspace UUID NOT NULL,
                size BIGINT NOT NULL DEFAULT 0,
                state TEXT NOT NULL CHECK (state IN ('arriving', 'kept', 'removing')),
                touched_at BIGINT NOT NULL
            )
            """,
            "CREATE INDEX stored_object_workspace ON stored_object (workspace)",
            "CREATE INDEX stored_object_kept ON stored_object (touched_at) WHERE state = 'kept'",
            "CREATE INDEX stored_object_loose ON stored_object (touched_at) WHERE state <> 'kept'",
            "CREATE INDEX artifact_object ON artifact (object)",
            // Which jobs' inputs name an upload: that it came with, and those that were made of that one.
            "CREATE TABLE upload_use (job UUID NOT NULL, object TEXT NOT NULL, PRIMARY KEY (job, object))",
            "CREATE INDEX upload_use_object ON upload_use (object)",
            // What jobs made before. Uploads of before carry no workspace in their names, and are not counted.
            """
            INSERT INTO stored_object (object, workspace, size, state, touched_at)
            SELECT a.object, j.workspace, MAX(a.size), 'kept', now_us() FROM artifact a JOIN job j ON j.id = a.job
            WHERE a.object LIKE 'files/%' GROUP BY a.object, j.workspace
            """,
        ])
}
