package import Tenancy

/// What the server knows of people and of their keys.
package struct AccountParts: Sendable {
    /// Finds out who calls.
    package let callers: RequestCallers
    /// What the pages for signing in stand on.
    package let service: AccountService
    let invites: InviteStore
    let people: any PeopleDirectory
    /// Whether anybody may ask for an account.
    let isOpen: Bool
    /// Where else people may sign in from.
    package let providers: [IdentityProvider]
    /// Takes what is written into the audit log beside the requests.
    package let inbox: AuditInbox

    package init(
        callers: RequestCallers, service: AccountService, isOpen: Bool, invites: InviteStore,
        people: any PeopleDirectory, providers: [IdentityProvider], inbox: AuditInbox
    ) {
        self.callers = callers
        self.service = service
        self.isOpen = isOpen
        self.invites = invites
        self.people = people
        self.providers = providers
        self.inbox = inbox
    }
}
