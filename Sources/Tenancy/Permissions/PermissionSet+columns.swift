import Model
import Storage

extension PermissionSet {
    /// The columns `mask_low` and `mask_high`.
    var values: [SQLValue] { [.integer(Int64(bitPattern: low)), .integer(Int64(bitPattern: high))] }
}

extension SQLRow {
    /// The columns `mask_low` and `mask_high`.
    func permissions() throws(StorageError) -> PermissionSet {
        PermissionSet(
            low: UInt64(bitPattern: try integer("mask_low")), high: UInt64(bitPattern: try integer("mask_high")))
    }
}
