package import Endpoints
import Model

/// The operations on members.
package struct MemberEndpoints: Sendable {
    let members: MemberStore
    let directory: any PeopleDirectory

    package init(members: MemberStore, directory: any PeopleDirectory) {
        self.members = members
        self.directory = directory
    }

    /// All of them.
    package var all: [Endpoint] { [list, show, setRole, remove, leave] }

    private static let id = Endpoint.Parameter.id("The person's id.")

    private var list: Endpoint {
        Endpoint(
            .get, "/api/v1/members", id: "listMembers", summary: "Lists the members of the workspace",
            access: .needs(.membersRead), rateClass: .read, parameters: EndpointRequest.pageParameters(usual: 50),
            answers: [.json(200, "One page of them.", .named("MemberPage"))],
            problems: [.invalidRequest, .unprocessable]
        ) { request in
            let limit = try request.pageLimit(usual: 50)
            let page = try await members.members(
                of: request.principal.workspace, after: request.idPosition(), limit: limit + 1)
            let items = try await documents(page)
            return try .json(
                200, request.page(of: items, limit: limit, position: { $0.member.user.description }, { $0 }))
        }
    }

    private var show: Endpoint {
        Endpoint(
            .get, "/api/v1/members/{id}", id: "getMember", summary: "Shows a member", access: .needs(.membersRead),
            rateClass: .read, parameters: [Self.id], answers: [.json(200, "The member.", .named("Member"))],
            problems: [.notFound]
        ) { request in
            let member = try await members.member(request.id(), of: request.principal.workspace)
            return try .json(200, try await document(member))
        }
    }

    private var setRole: Endpoint {
        Endpoint(
            .put, "/api/v1/members/{id}/role", id: "setMemberRole", summary: "Gives a member another role",
            description: "Holds at once. The role lies within your rights, and the member's rank below yours.",
            access: .needs(.membersWrite), rateClass: .workspaceWrite, audit: .own("member.role_changed"),
            parameters: [Self.id],
            accepts: [.body(RoleChoice.self)],
            answers: [.json(200, "The member as it is now.", .named("Member"))],
            problems: [.forbidden, .notFound, .conflict]
        ) { request in
            let role = try request.json(RoleChoice.self).role
            let member = try await members.setRole(role, of: request.id(), by: Caller(request))
            return try .json(200, try await document(member))
        }
    }

    private var remove: Endpoint {
        Endpoint(
            .delete, "/api/v1/members/{id}", id: "removeMember", summary: "Removes a member",
            access: .needs(.membersWrite), rateClass: .workspaceWrite, audit: .own("member.removed"),
            parameters: [Self.id],
            answers: [.init(204, "Done.")],
            problems: [.forbidden, .notFound, .conflict]
        ) { request in
            try await members.remove(request.id(), by: Caller(request))
            return .init(status: 204)
        }
    }

    private var leave: Endpoint {
        Endpoint(
            .post, "/api/v1/workspace/leave", id: "leaveWorkspace", summary: "Takes you out of the workspace",
            description: "The last owner stays.", access: .needs(.account), rateClass: .workspaceWrite,
            audit: .own("member.left"),
            answers: [.init(204, "Done.")],
            problems: [.notFound, .conflict]
        ) { request in
            try await members.leave(by: Caller(request))
            return .init(status: 204)
        }
    }

    private func documents(_ page: [Member]) async throws -> [MemberDocument] {
        let people = try await directory.people(Set(page.map(\.user)))
        return page.map { MemberDocument(member: $0, person: people[$0.user]) }
    }

    private func document(_ member: Member) async throws -> MemberDocument {
        MemberDocument(member: member, person: try await directory.people([member.user])[member.user])
    }
}

/// A member with the name and the address of the person.
private struct MemberDocument: Encodable, Sendable {
    let member: Member
    let person: Person?

    private enum CodingKeys: String, CodingKey {
        case name, email
    }

    func encode(to encoder: any Encoder) throws {
        try member.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(person?.name, forKey: .name)
        try container.encodeIfPresent(person?.email, forKey: .email)
    }
}

/// The JSON form of the choice of a role.
private struct RoleChoice: Decodable, Documented {
    let role: RoleID

    static let meanings = ["role": "The id of the role."]
}
