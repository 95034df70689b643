package import Endpoints
package import Model

extension PermissionSet: SelfDescribing {
    /// The names that a role or a key can hold, each once.
    package static var schema: Schema {
        .array(of: .string(values: PermissionSet.grantable.permissions.map(\.rawValue)), maximumItems: 128)
    }
    /// One that every role can have.
    package static var example: PermissionSet { [.workspaceRead] }
}
