import Foundation
import Storage

extension StorageError {
    /// The failure that a file call left in `errno`, told by the folder it happened in.
    static func file(_ number: CInt, _ action: String, in folder: String) -> StorageError {
        let reason = String(cString: strerror(number))
        switch number {
        case ENOSPC, EDQUOT, EFBIG:
            return StorageError(
                .full,
                "The disk of the folder \(folder) is full (\(reason)), so I could not \(action). Free space there.")
        case EROFS, EACCES, EPERM:
            return StorageError(
                .readOnly,
                "Could not \(action): \(reason). Let the user that runs this program write to the folder \(folder).")
        case ELOOP, ENOTDIR:
            return StorageError(
                .invalid,
                "Could not \(action): something in the folder \(folder) is a symbolic link or no folder. Remove it.")
        case EMFILE, ENFILE:
            return StorageError(
                .busy,
                "Could not \(action) in the folder \(folder): too many files are open. Raise the limit (ulimit -n).")
        default:
            return StorageError(.unavailable, "Could not \(action) in the folder \(folder): \(reason).")
        }
    }
}
