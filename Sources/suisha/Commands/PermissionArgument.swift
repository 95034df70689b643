import ArgumentParser
import Model

/// Permissions on a command line, with commas between them.
enum PermissionArgument {
    static let help: ArgumentHelp = "What it allows, with commas between them, such as jobs:read,jobs:write."

    /// The names, each once and in their order.
    ///
    /// - Throws: ``CommandFailure`` for a name that this program does not know.
    static func names(in text: String) throws -> [String] {
        let known = PermissionSet.grantable.permissions.map(\.rawValue)
        var names: [String] = []
        for name in text.split(separator: ",").map({ $0.filter { $0 != " " } }) where !names.contains(name) {
            guard known.contains(name) else {
                let hint = NearestName.of(name, among: known).map { "Did you mean '\($0)'?" }
                throw CommandFailure(
                    "There is no permission '\(name)'. \(hint ?? "There are \(known.joined(separator: ", ")).")", .usage
                )
            }
            names.append(name)
        }
        return names
    }
}
