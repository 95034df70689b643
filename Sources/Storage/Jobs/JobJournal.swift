import Model

/// Appends to a job's journal. The caller has raised the job's `position` in the same transaction, which locks the row: so
/// positions have no gaps and follow the order of commits.
enum JobJournal {
    /// An entry that has no position yet.
    struct Entry {
        let type: JobEvent.Kind
        let data: JSONText

        static func state(_ state: JobState) -> Entry {
            .init(
                type: state.isTerminal ? .complete : .progress,
                data: .init(trusted: #"{"state":"\#(state.rawValue)"}"#))
        }

        static func stage(_ stage: String) throws(StorageError) -> Entry {
            .init(type: .progress, data: try encoded(["stage": stage]))
        }

        static func failure(_ failure: JobFailure, then state: JobState) throws(StorageError) -> Entry {
            .init(type: .error, data: try encoded(FailureData(error: failure, state: state)))
        }

        static func log(_ line: LogLine) throws(StorageError) -> Entry {
            .init(type: .log, data: try encoded(line))
        }
    }

    private struct FailureData: Encodable {
        let error: JobFailure
        let state: JobState
    }

    static func append(
        _ entries: [(job: JobID, position: Int64, epoch: Int64, entry: Entry)], on connection: any SQLConnection
    ) throws(StorageError) {
        guard !entries.isEmpty else { return }
        let rows = SQLRows(
            entries.map { item in
                [
                    SQLValue(item.job), .integer(item.position), .integer(item.epoch), .text(item.entry.type.rawValue),
                    SQLValue(item.entry.data),
                ]
            })
        try connection.execute(
            """
            INSERT INTO event (job, position, epoch, type, data, at)
            SELECT job, position, epoch, type, data, now_us()
            FROM \(connection.dialect.rows("$1", as: "entry", [
                ("job", .id), ("position", .integer), ("epoch", .integer), ("type", .text), ("data", .text),
            ]))
            """, [rows.value])
    }

    static func encoded(_ value: some Encodable) throws(StorageError) -> JSONText {
        do {
            return try JSONText(encoding: value)
        } catch {
            throw StorageError(.invalid, "A value cannot be written as JSON: \(error)", underlying: error)
        }
    }
}
