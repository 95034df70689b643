import Model

/// The entries of a log as a file, made while it is read.
package struct AuditExport: AsyncSequence, Sendable {
    package typealias Element = String

    let log: AuditLog
    let workspace: WorkspaceID
    let filter: AuditFilter
    let form: Form

    /// How it is written.
    package enum Form: String, Hashable, Sendable, CaseIterable {
        /// One JSON object a line, with the hashes: ``AuditChain`` can be checked with it.
        case jsonLines = "jsonl"
        /// For spreadsheets (RFC 4180). No cell is a formula.
        case csv

        /// What HTTP calls it.
        package var contentType: String {
            switch self {
            case .jsonLines: "application/jsonl"
            case .csv: "text/csv; charset=utf-8"
            }
        }
    }

    package func makeAsyncIterator() -> Iterator {
        Iterator(export: self)
    }

    /// Reads a page at a time.
    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let export: AuditExport
        private var last: Int64 = 0
        private var isFirst = true
        private var isDone = false

        fileprivate init(export: AuditExport) {
            self.export = export
        }

        package mutating func next() async throws -> String? {
            if isFirst {
                isFirst = false
                if export.form == .csv { return AuditCSV.header }
            }
            guard !isDone else { return nil }
            let entries = try await export.log.page(in: export.workspace, filter: export.filter, after: last)
            guard let newest = entries.last else { return nil }
            last = newest.sequence
            isDone = entries.count < AuditLog.pageLimit
            switch export.form {
            case .jsonLines: return try entries.map { try JSONText(encoding: $0).text + "\n" }.joined()
            case .csv: return entries.map(AuditCSV.line).joined()
            }
        }
    }
}
