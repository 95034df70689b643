extension Endpoint {
    /// What the audit log tells of a call that changed something. Refusals are written down whatever is declared here.
    package enum Audit: Hashable, Sendable {
        /// The service writes this entry in the transaction of the change, so that neither is there without the other.
        case own(String)
        /// The server writes this entry after the answer: who, from where, and what ``EndpointRequest/deeds`` names, or
        /// else what the path does.
        case entry(String)
        /// Nothing, for this reason.
        case none(String)

        /// What is done, as the log has it: `job.submitted`.
        package var action: String? {
            switch self {
            case .own(let action), .entry(let action): action
            case .none: nil
            }
        }

        /// How the entry comes to be: `own`, `entry` or `none`.
        package var name: String {
            switch self {
            case .own: "own"
            case .entry: "entry"
            case .none: "none"
            }
        }
    }

    /// Finds what could change something without saying what the audit log has of it.
    package static func checkAudit(of endpoints: [Endpoint]) throws {
        for endpoint in endpoints where endpoint.method != .get && endpoint.audit == nil {
            throw UndeclaredAudit(operation: endpoint.id)
        }
    }

    /// An operation that changes something and does not say what the audit log has of it.
    package struct UndeclaredAudit: Error, Hashable, Sendable, CustomStringConvertible {
        package let operation: String

        package var description: String {
            "The operation '\(operation)' declares no audit: say .own, .entry, or .none with the reason."
        }
    }

    /// What a call names in its path, as the target of an entry: all parameters in order. Nil where there are none.
    package func target(in path: [String: String]) -> String? {
        let values = parameters.filter { $0.place == .path }.compactMap { path[$0.name] }
        return values.isEmpty ? nil : values.joined(separator: "/")
    }
}
