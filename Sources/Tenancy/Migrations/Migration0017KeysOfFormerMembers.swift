package import Storage

extension Migration {
    /// Keys of people who are not in the workspace any more end, as those of everybody do who leaves from now on.
    package static let keysOfFormerMembers: Migration = .init(
        number: 17,
        name: "keys of former members",
        statements: [
            """
            UPDATE api_keys SET revoked_at = now_us()
            WHERE user_id IS NOT NULL AND revoked_at IS NULL AND NOT EXISTS (
                SELECT 1 FROM membership
                WHERE membership.workspace = api_keys.workspace AND membership.member = api_keys.user_id)
            """
        ])
}
