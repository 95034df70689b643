import Foundation
import Model
import Tenancy
import Testing

@Suite("Permissions (B3)")
struct PermissionTests {
    /// What is stored in databases already. A line is only ever added.
    private static let numbers: [String: Int] = [
        "jobs:read": 0, "jobs:write": 1, "workers:run": 2, "queues:read": 3, "queues:write": 4, "schedules:read": 5,
        "schedules:write": 6, "workspace:read": 7, "workspace:write": 8, "workspace:delete": 9,
        "workspace:transfer": 10, "workspace:export": 11, "members:read": 12, "members:write": 13, "roles:read": 14,
        "roles:write": 15, "invites:read": 16, "invites:write": 17, "keys:read": 18, "keys:write": 19,
        "audit:read": 20, "usage:read": 21, "documents:read": 22, "documents:write": 23, "org-chart:read": 24,
        "org-chart:write": 25, "projects:read": 26, "projects:write": 27, "webhooks:read": 28, "webhooks:write": 29,
        "comments:read": 30, "comments:write": 31, "billing:read": 32, "billing:write": 33, "account:use": 120,
        "server:operate": 127,
    ]

    @Test("every permission has the number it always had, and no two have the same")
    func numbers() {
        for permission in Permission.allCases {
            #expect(Self.numbers[permission.rawValue] == permission.bit, "\(permission)")
            #expect((0...127).contains(permission.bit))
        }
        #expect(Set(Permission.allCases.map(\.bit)).count == Permission.allCases.count)
    }

    @Test("sets behave as sets, across both words")
    func sets() throws {
        let some: PermissionSet = [.jobsRead, .billingWrite, .operate]
        for permission in Permission.allCases {
            #expect(some.contains(permission) == [.jobsRead, .billingWrite, .operate].contains(permission))
        }
        #expect(some.union([.account]).contains(.account))
        #expect(some.intersection([.operate, .jobsWrite]) == [.operate])
        #expect(some.subtracting([.operate]) == [.jobsRead, .billingWrite])
        #expect(some.isSubset(of: .all) && !PermissionSet.all.isSubset(of: some))
        #expect(PermissionSet([.operate]).isSubset(of: .grantable) == false)
        #expect(PermissionSet().isEmpty && !some.isEmpty)
        let text = try JSONText(encoding: some).text
        #expect(text == #"["jobs:read","billing:write","server:operate"]"#)
        #expect(try JSONText(trusted: text).decode(PermissionSet.self) == some)
        #expect(throws: DecodingError.self) { try JSONText(trusted: #"["jobs:fly"]"#).decode(PermissionSet.self) }
    }

    @Test("bits of a newer program are kept and match nothing")
    func unknownBits() {
        let newer = PermissionSet(low: 1 << 63, high: 1 << 20)
        #expect(newer.permissions.isEmpty)
        #expect(newer.intersection(.all).isEmpty)
        #expect(newer.union([.jobsRead]) == PermissionSet(low: 1 << 63 | 1, high: 1 << 20))
    }

    @Test("roles contain each other in order, and none holds what is the operator's or a person's own")
    func builtInRoles() {
        let roles = BuiltInRole.allCases
        for (upper, lower) in zip(roles, roles.dropFirst()) {
            #expect(lower.permissions.isSubset(of: upper.permissions))
            #expect(lower.rank < upper.rank)
        }
        for role in roles { #expect(role.permissions.isSubset(of: .grantable)) }
        #expect(BuiltInRole.viewer.permissions.contains(.commentsWrite))
        #expect(BuiltInRole.viewer.permissions.subtracting([.commentsWrite]).isSubset(of: .reading))
        #expect(!BuiltInRole.admin.permissions.contains(.workspaceDelete))
    }

    @Test("what is effective is in the role, the key, the plan and the state, whatever they are")
    func effective() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let authority = Authority(
                role: PermissionSet(low: random.next(), high: random.next()), isOwner: Bool.random(),
                scope: Bool.random() ? PermissionSet(low: random.next(), high: random.next()) : nil,
                withheld: PermissionSet(low: random.next(), high: random.next()),
                state: WorkspaceState.allCases.randomElement() ?? .active)
            let permissions = authority.permissions
            #expect(permissions.isSubset(of: authority.role))
            #expect(permissions.isSubset(of: authority.scope ?? .all))
            #expect(permissions.intersection(authority.withheld).isEmpty)
            #expect(permissions.isSubset(of: .grantable))
            switch authority.state {
            case .active: break
            case .suspended: #expect(permissions.isSubset(of: authority.isOwner ? .reading : []))
            case .deleting: #expect(permissions.isSubset(of: authority.isOwner ? Authority.whileDeleting : []))
            }
        }
    }

    @Test("a suspended workspace is read by its owners alone, and a deleted one only restored")
    func states() {
        var owner = Authority(role: BuiltInRole.owner.permissions, isOwner: true)
        #expect(owner.permissions == .grantable)
        owner.state = .suspended
        #expect(owner.permissions == PermissionSet.reading)
        owner.state = .deleting
        #expect(owner.permissions == [.workspaceRead, .workspaceDelete])
        var admin = Authority(role: BuiltInRole.admin.permissions)
        for state in [WorkspaceState.suspended, .deleting] {
            admin.state = state
            #expect(admin.permissions.isEmpty)
        }
    }

    @Test("a check costs far less than a microsecond")
    func speed() {
        let set = BuiltInRole.editor.permissions
        let permissions = Permission.allCases
        let rounds = 20_000
        var hits = 0
        let clock = ContinuousClock()
        // The best of several, because the machine may be busy; a debug build is some ten times slower than a release.
        let best =
            (0..<5).map { _ in
                clock.measure {
                    for round in 0..<rounds where set.contains(permissions[round % permissions.count]) { hits += 1 }
                }
            }.min() ?? .seconds(1)
        #expect(hits > 0)
        #expect(best / rounds < .microseconds(1), "\(best / rounds) for each check")
    }
}
