import Foundation
import GRDB
import GRDBSQLite
import Storage

extension StorageError {
    /// What an SQLite result code means for callers, in a sentence that names the file.
    init(sqlite code: Int32, message: String, path: String, underlying: (any Error)? = nil) {
        let primary = code & 0xFF
        let (kind, advice): (Code, String) =
            switch primary {
            case SQLITE_FULL: (.full, "The disk that holds it is full: free some space.")
            case SQLITE_READONLY: (.readOnly, "The connection, file or folder cannot be written: check who owns it.")
            case SQLITE_BUSY, SQLITE_LOCKED:
                (.busy, "Another process keeps it locked: try again, or stop that process.")
            case SQLITE_CORRUPT: (.corrupt, "The file is damaged: stop, keep a copy and restore a backup.")
            case SQLITE_NOTADB: (.corrupt, "The file is no SQLite database: check the path.")
            case SQLITE_CANTOPEN: (.unavailable, "It cannot be opened: check that the folder exists and who owns it.")
            case SQLITE_PERM, SQLITE_AUTH: (.unavailable, "Access is denied: check who owns the file.")
            case SQLITE_IOERR, SQLITE_NOMEM, SQLITE_PROTOCOL: (.unavailable, "The system could not read or write it.")
            case SQLITE_INTERRUPT: (.canceled, "The statement was interrupted.")
            case SQLITE_TOOBIG: (.tooLarge, "A value is longer than SQLite allows.")
            case SQLITE_CONSTRAINT where Self.uniqueness.contains(code): (.conflict, "Such a row is there already.")
            default: (.invalid, "The statement is wrong for this schema.")
            }
        self.init(kind, "SQLite database '\(path)': \(message) (code \(code)). \(advice)", underlying: underlying)
    }

    /// Wraps whatever GRDB threw.
    init(grdb error: any Error, path: String) {
        switch error {
        case let error as StorageError: self = error
        case let error as DatabaseError:
            self.init(
                sqlite: error.extendedResultCode.rawValue, message: error.message ?? "no message", path: path,
                underlying: error)
        case let error as CocoaError:
            self.init(
                .unavailable,
                "SQLite database '\(path)': \(error.localizedDescription) Check the path and who owns it.",
                underlying: error)
        default: self.init(.unavailable, "SQLite database '\(path)': \(error).", underlying: error)
        }
    }

    static func closed(_ path: String) -> StorageError {
        .init(.unavailable, "SQLite database '\(path)' is closed.")
    }

    private static let uniqueness: Set<Int32> = [
        ResultCode.SQLITE_CONSTRAINT_UNIQUE.rawValue,
        ResultCode.SQLITE_CONSTRAINT_PRIMARYKEY.rawValue,
        ResultCode.SQLITE_CONSTRAINT_ROWID.rawValue,
    ]
}
