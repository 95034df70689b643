import Conformance
import Endpoints
import Model
import Tenancy
import Testing

@Suite("What becomes of keys when who made them is out (B2)")
struct KeyOriginTests {
    @Test("a key that a key made does not outlive it", arguments: DatabaseFixture.all)
    func children(fixture: DatabaseFixture) async throws {
        try await KeyMill.with(fixture) { mill in
            let parent = try await mill.key([.keysWrite, .jobsRead], lasting: .seconds(3_600)).key
            let end = try #require(parent.expiresAt)
            mill.trial.trial.clock.advance(by: .seconds(600))
            #expect(try await mill.key(by: parent.id).key.expiresAt == end)
            #expect(try await mill.key(lasting: .seconds(86_400), by: parent.id).key.expiresAt == end)
            let shorter = try #require(try await mill.key(lasting: .seconds(60), by: parent.id).key.expiresAt)
            #expect(shorter < end)
            let endless = try await mill.key([.keysWrite, .jobsRead]).key.id
            let child = try await mill.key(by: endless)
            #expect(child.key.expiresAt == nil && child.key.madeBy == endless)
            _ = try await mill.permissions(child)
            try await mill.keys.revoke(endless, by: mill.caller())
            #expect(try await mill.refused(child.secret).kind == .unauthenticated)
            #expect(try await refusal { try await mill.key(by: endless) }.kind == .unauthenticated)
            mill.trial.trial.clock.advance(by: .seconds(3_600))
            #expect(try await refusal { try await mill.key(by: parent.id) }.kind == .unauthenticated)
        }
    }

    @Test(
        "what a thief makes with a key ends with it, in every generation and for programs too",
        arguments: DatabaseFixture.all)
    func descendants(fixture: DatabaseFixture) async throws {
        try await KeyMill.with(fixture) { mill in
            let scope: PermissionSet = [.keysWrite, .jobsRead]
            let stolen = try await mill.key(scope)
            let child = try await mill.key(by: stolen.key.id)
            let robot = try await mill.keys.createServiceAccount(name: "robot", by: mill.caller(stolen.key.id))
            let program = try await mill.program(robot.id, scope, by: mill.caller(stolen.key.id))
            let robotCaller = Caller(try await mill.keys.authenticate(program.secret).principal(in: nil))
            let other = try await mill.keys.createServiceAccount(name: "other", by: robotCaller)
            let grandchild = try await mill.program(other.id, [.jobsRead], by: robotCaller)
            let (kept, ended) = (try await mill.key(), [stolen, child, program, grandchild])
            // In the cache, so that their end has to reach it.
            for key in ended + [kept] { _ = try await mill.permissions(key) }
            try await mill.keys.revoke(stolen.key.id, by: mill.caller())
            for key in ended { #expect(try await mill.refused(key.secret).kind == .unauthenticated) }
            _ = try await mill.permissions(kept)
            let told = mill.trial.journal.events.compactMap { event in
                if case .keyRevoked(let id, _) = event { id } else { nil }
            }
            #expect(Set(told) == Set(ended.map(\.key.id)) && told.count == ended.count)
        }
    }

    @Test("a program that is locked out leaves no key behind", arguments: DatabaseFixture.all)
    func lockedOut(fixture: DatabaseFixture) async throws {
        try await KeyMill.with(fixture) { mill in
            let robot = try await mill.keys.createServiceAccount(name: "robot", by: mill.caller())
            let other = try await mill.keys.createServiceAccount(name: "other", by: mill.caller())
            let key = try await mill.program(robot.id, [.keysWrite, .jobsRead], by: mill.caller())
            let caller = Caller(try await mill.keys.authenticate(key.secret).principal(in: nil))
            let left = try await mill.program(other.id, [.jobsRead], by: caller)
            let kept = try await mill.program(other.id, [.jobsRead], by: mill.caller())
            for key in [key, left, kept] { _ = try await mill.permissions(key) }
            try await mill.keys.disableServiceAccount(robot.id, by: mill.caller())
            for key in [key, left] { #expect(try await mill.refused(key.secret).kind == .unauthenticated) }
            _ = try await mill.permissions(kept)
        }
    }

    @Test("no key comes out of one that is revoked at the same moment", arguments: DatabaseFixture.all)
    func revocationRace(fixture: DatabaseFixture) async throws {
        try await KeyMill.with(fixture) { mill in
            for _ in 0..<5 {
                let parent = try await mill.key([.keysWrite, .jobsRead]).key.id
                let made = await withTaskGroup(of: NewAPIKey?.self) { group in
                    for number in 0..<9 {
                        group.addTask {
                            guard number == 4 else { return try? await mill.key(by: parent) }
                            try? await mill.keys.revoke(parent, by: mill.caller())
                            return nil
                        }
                    }
                    return await group.reduce(into: [NewAPIKey]()) { if let key = $1 { $0.append(key) } }
                }
                for key in made { #expect(try await mill.refused(key.secret).kind == .unauthenticated) }
            }
        }
    }

    @Test("nobody makes keys with rights that ended after the request began", arguments: DatabaseFixture.all)
    func staleRights(fixture: DatabaseFixture) async throws {
        try await KeyMill.with(fixture) { mill in
            let robot = try await mill.keys.createServiceAccount(name: "robot", by: mill.caller()).id
            let admin = try await mill.trial.signUp("ben@example.com")
            let session = try await mill.trial.signIn("ben@example.com")
            let (members, roles) = (MemberStore(mill.trial.workspaces.tenants), try await mill.roles())
            func rejoin() async throws -> Caller {
                try await mill.join(admin, as: roles["admin"])
                return Caller(try await mill.trial.sessions.authenticate(session.token).principal(in: mill.workspace))
            }
            func refused(_ caller: Caller) async throws -> Problem {
                try await refusal { try await mill.program(robot, [.jobsRead], by: caller) }
            }
            // In a session, and with a key; each was let in while its rights held.
            var caller = try await rejoin()
            let own = try await mill.keys.create(
                name: "own", for: .user(admin), permissions: [.keysWrite, .jobsRead], lifetime: nil, by: caller)
            let byKey = Caller(try await mill.keys.authenticate(own.secret).principal(in: nil))
            _ = try await mill.program(robot, [.jobsRead], by: byKey)
            let parent = try await mill.program(robot, [.keysWrite, .jobsRead], by: caller)
            let program = Caller(try await mill.keys.authenticate(parent.secret).principal(in: nil))
            _ = try await mill.program(robot, [.jobsRead], by: program)
            #expect(
                try await refusal { try await mill.program(robot, [.jobsRead, .jobsWrite], by: byKey) }.kind
                    == .forbidden)

            _ = try await members.setRole(try #require(roles["viewer"]), of: admin, by: mill.caller())
            for caller in [caller, byKey] { #expect(try await refused(caller).kind == .forbidden) }
            try await members.remove(admin, by: mill.caller())
            for caller in [caller, byKey] {
                #expect([.forbidden, .unauthenticated].contains(try await refused(caller).kind))
            }
            caller = try await rejoin()
            _ = try await mill.trial.workspaces.suspend(mill.workspace, reason: "unpaid", by: Caller(.local))
            for caller in [caller, program] { #expect(try await refused(caller).kind == .forbidden) }
            _ = try await mill.trial.workspaces.resume(mill.workspace, by: Caller(.local))
            _ = try await mill.program(robot, [.jobsRead], by: caller)
            try await mill.trial.accounts.disable(admin, by: Caller(.local))
            #expect(try await refused(caller).kind == .forbidden)
            try await mill.keys.disableServiceAccount(robot, by: mill.caller())
            #expect(try await refused(program).kind == .unauthenticated)
        }
    }

    @Test(
        "keys of whoever leaves or is removed stay ended when the person comes back; those of programs go on",
        arguments: DatabaseFixture.all)
    func comeback(fixture: DatabaseFixture) async throws {
        try await KeyMill.with(fixture) { mill in
            let (members, admin) = (MemberStore(mill.trial.workspaces.tenants), try await mill.roles()["admin"])
            let user = try await mill.trial.signUp("ben@example.com")
            let session = try await mill.trial.signIn("ben@example.com")
            let robot = try await mill.keys.createServiceAccount(name: "robot", by: mill.caller()).id
            let elsewhere = try await mill.trial.workspaces.create(name: "Own", owner: user, by: Caller(.local)).id
            func make(in workspace: WorkspaceID, for owner: Principal.Actor) async throws -> NewAPIKey {
                try await mill.keys.create(
                    name: "ci", for: owner, permissions: [.jobsRead], lifetime: nil,
                    by: Caller(try await mill.trial.sessions.authenticate(session.token).principal(in: workspace)))
            }
            let (others, foreign) = (try await mill.key(), try await make(in: elsewhere, for: .user(user)))
            for isRemoved in [true, false] {
                try await mill.join(user, as: admin)
                let own = try await make(in: mill.workspace, for: .user(user))
                let program = try await make(in: mill.workspace, for: .service(robot))
                #expect(try await mill.permissions(own) == [.jobsRead])
                if isRemoved {
                    try await members.remove(user, by: mill.caller())
                } else {
                    let person = try await mill.trial.sessions.authenticate(session.token)
                    try await members.leave(by: Caller(try person.principal(in: mill.workspace)))
                }
                #expect(try await mill.refused(own.secret).kind == .unauthenticated)
                try await mill.join(user, as: admin)
                #expect(try await mill.refused(own.secret).kind == .unauthenticated)
                for key in [program, others] { #expect(try await mill.permissions(key) == [.jobsRead]) }
                #expect(try await mill.keys.authenticate(foreign.secret).belongs(to: elsewhere))
                try await members.remove(user, by: mill.caller())
            }
        }
    }

    @Test(
        "what the key of somebody made ends when that person leaves, is removed or closes the account",
        arguments: DatabaseFixture.all)
    func orphans(fixture: DatabaseFixture) async throws {
        try await KeyMill.with(fixture, isAudited: true) { mill in
            let (members, admin) = (MemberStore(mill.trial.workspaces.tenants), try await mill.roles()["admin"])
            let robot = try await mill.keys.createServiceAccount(name: "robot", by: mill.caller()).id
            let scope: PermissionSet = [.keysWrite, .jobsRead]
            for (number, goes) in ["removed", "leaves", "closed"].enumerated() {
                let user = try await mill.trial.signUp("ben\(number)@example.com")
                try await mill.join(user, as: admin)
                let session = try await mill.trial.signIn("ben\(number)@example.com")
                let person = Caller(
                    try await mill.trial.sessions.authenticate(session.token).principal(in: mill.workspace))
                let own = try await mill.keys.create(
                    name: "own", for: .user(user), permissions: scope, lifetime: nil, by: person)
                let byKey = Caller(try await mill.keys.authenticate(own.secret).principal(in: nil))
                let program = try await mill.program(robot, scope, by: byKey)
                let byProgram = Caller(try await mill.keys.authenticate(program.secret).principal(in: nil))
                let grandchild = try await mill.program(robot, [.jobsRead], by: byProgram)
                // In the cache, so that their end has to reach it.
                for key in [program, grandchild] { _ = try await mill.permissions(key) }
                switch goes {
                case "removed": try await members.remove(user, by: mill.caller())
                case "leaves": try await members.leave(by: person)
                default: try await mill.trial.accounts.delete(user)
                }
                for key in [own, program, grandchild] {
                    #expect(try await mill.refused(key.secret).kind == .unauthenticated, "\(goes)")
                }
            }
        }
    }
}
