package import Endpoints
import Model

/// The operations on invitations.
package struct InviteEndpoints: Sendable {
    let invites: InviteStore
    let directory: any PeopleDirectory

    package init(invites: InviteStore, directory: any PeopleDirectory) {
        self.invites = invites
        self.directory = directory
    }

    /// All of them.
    package var all: [Endpoint] { [list, create, revoke, accept] }

    private var list: Endpoint {
        Endpoint(
            .get, "/api/v1/invites", id: "listInvites", summary: "Lists the open invitations, the newest first",
            access: .needs(.invitesRead), rateClass: .read, parameters: EndpointRequest.pageParameters(usual: 50),
            answers: [.json(200, "One page of them.", .named("InvitePage"))],
            problems: [.invalidRequest, .unprocessable]
        ) { request in
            let limit = try request.pageLimit(usual: 50)
            let page = try await invites.open(
                in: request.principal.workspace, before: request.idPosition(), limit: limit + 1)
            return try .json(200, request.page(of: page, limit: limit, position: { $0.id.description }, { $0 }))
        }
    }

    private var create: Endpoint {
        Endpoint(
            .post, "/api/v1/invites", id: "createInvite", summary: "Invites somebody into the workspace",
            description: """
                With an address, a letter brings the invitation, and only who has proved that address can accept it. \
                Without one, the answer has a `token` for a link, once; whoever has it can accept, once.
                """,
            access: .needs(.invitesWrite), rateClass: .workspaceWrite, audit: .own("invite.created"),
            accepts: [.body(InviteBody.self)],
            answers: [.json(201, "The invitation.", .named("Invite"))],
            problems: [.forbidden, .notFound, .conflict, .unprocessable]
        ) { request in
            let body = try request.json(InviteBody.self)
            let lifetime = body.expiresIn.map { Duration.seconds($0.value) } ?? InviteStore.defaultLifetime
            let new = try await invites.invite(
                email: body.email?.value, role: body.role, lifetime: lifetime, by: Caller(request))
            let isLink = new.invite.email == nil
            return try .json(
                201, InviteDocument(invite: new.invite, token: isLink ? new.token.secret.revealed : nil))
        }
    }

    private var revoke: Endpoint {
        Endpoint(
            .delete, "/api/v1/invites/{id}", id: "revokeInvite", summary: "Takes an open invitation back",
            access: .needs(.invitesWrite), rateClass: .workspaceWrite, audit: .own("invite.revoked"),
            parameters: [.id("The invitation's id.")],
            answers: [.init(204, "Done.")],
            problems: [.notFound]
        ) { request in
            try await invites.revoke(request.id(), by: Caller(request))
            return .init(status: 204)
        }
    }

    private var accept: Endpoint {
        Endpoint(
            .post, "/api/v1/invites/accept", id: "acceptInvite", summary: "Accepts an invitation",
            access: .needs(.account), rateClass: .workspaceWrite, audit: .own("invite.accepted"),
            accepts: [.body(Acceptance.self)],
            answers: [.json(200, "The workspace that you are in now.", .named("Workspace"))],
            problems: [.notFound, .conflict]
        ) { request in
            let token = try request.json(Acceptance.self).token.value
            let user = try request.person
            let person = try await directory.people([user])[user]
            let workspace = try await invites.accept(
                InviteToken(token), by: user, email: person.flatMap { $0.isVerified ? $0.email : nil },
                request: request.requestID)
            return try .json(200, workspace)
        }
    }
}

/// The JSON form of an invitation to make.
private struct InviteBody: Decodable, Documented {
    let email: Text<3, 254>?
    let role: RoleID
    let expiresIn: Whole<3_600, 2_592_000>?

    static let meanings = [
        "email": "Whom to invite; left out for a link.", "role": "The id of the role to give, within your rights.",
        "expires_in": "For how many seconds it holds; a week unless told.",
    ]

    private enum CodingKeys: String, CodingKey {
        case email, role
        case expiresIn = "expires_in"
    }
}

/// An invitation, new ones with their secret.
private struct InviteDocument: Encodable, Sendable {
    let invite: Invite
    let token: String?

    private enum CodingKeys: String, CodingKey {
        case token
    }

    func encode(to encoder: any Encoder) throws {
        try invite.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(token, forKey: .token)
    }
}

/// The JSON form of an acceptance.
private struct Acceptance: Decodable, Documented {
    let token: Text<1, 200>

    static let meanings = ["token": "Its secret."]
}
