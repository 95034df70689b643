package import Model

/// Keeps the books on the bytes that workspaces store, in the transactions that note them.
package protocol StorageLedger: Sendable {
    /// How many more bytes a workspace may store; nil for no bound.
    func bytesLeft(in workspace: WorkspaceID, on connection: any SQLConnection) throws(StorageError) -> Int64?

    /// Counts bytes that are stored from now on.
    ///
    /// - Throws: `limited` where the bound would be passed, with the refusal for the caller as the error's `underlying`.
    func take(_ bytes: Int64, in workspace: WorkspaceID, on connection: any SQLConnection) throws(StorageError)

    /// Counts bytes that are gone.
    func giveBack(_ bytes: Int64, in workspace: WorkspaceID, on connection: any SQLConnection) throws(StorageError)

    /// Why a workspace may not store that much more, or anything more.
    func refusal(
        of bytes: Int64?, in workspace: WorkspaceID, on connection: any SQLConnection
    ) throws(StorageError) -> StorageError
}
