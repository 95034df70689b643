import Model

/// The entries of the navigation: those that the reader may open.
enum PageNavigation {
    /// Entries under a heading.
    struct Group: Sendable {
        let label: String
        let entries: [Entry]
    }

    /// A page.
    struct Entry: Sendable {
        let path: String
        let label: String
        /// The second key of its shortcut, after `g`.
        let key: String
        let isCurrent: Bool
    }

    /// The heading of each group, and for each page its path, its text, its key and the operation that it reads first.
    private static let pages: [(String, [(String, String, String, String)])] = [
        (
            "nav_work",
            [
                ("/", "nav_start", "s", "submitJob"), ("/jobs", "nav_jobs", "j", "listJobs"),
                ("/operations", "nav_operations", "o", "listQueues"),
            ]
        ),
        (
            "nav_workspace",
            [
                ("/workspace", "nav_overview", "w", "getWorkspace"),
                ("/workspace/members", "nav_members", "m", "listMembers"),
                ("/workspace/roles", "nav_roles", "r", "listRoles"), ("/workspace/keys", "nav_keys", "k", "listKeys"),
                ("/workspace/webhooks", "nav_webhooks", "h", "listWebhooks"),
                ("/workspace/audit", "nav_audit", "a", "listAudit"),
            ]
        ),
        (
            "nav_you",
            [
                ("/account", "nav_account", "y", "getAccount"), ("/reference", "nav_reference", "p", "listKinds"),
            ]
        ),
    ]

    static func groups(
        for principal: Principal, _ operations: PageOperations, _ section: String, _ texts: PageTexts
    ) -> [Group] {
        pages.compactMap { heading, pages in
            let entries = pages.filter { operations.admits(principal, to: $0.3) }.map { path, text, key, _ in
                Entry(path: path, label: texts(text), key: key, isCurrent: path == section)
            }
            return entries.isEmpty ? nil : Group(label: texts(heading), entries: entries)
        }
    }
}
