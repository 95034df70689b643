import ArgumentParser
import Endpoints
import Foundation
import Model
import Tenancy
import Testing

@testable import suisha

@Suite("Every operation of the program and who may call it (B3)")
struct RightsTableTests {
    /// Owner, Admin, Editor, Viewer; the owner of a Suspended and of a Deleted workspace; anybody who has signed in (P); who
    /// runs the server (X); Nobody has to be known. A new operation fails the test until somebody has thought about its row.
    private static let table: [String: String] = [
        "acceptInvite": "P", "appendLog": "OA", "beginProviderSignIn": "N", "beginSecondFactor": "P",
        "cancelJob": "OAE", "changePassword": "P", "claimServer": "N", "closeWorker": "OA", "completeJob": "OA",
        "confirmEmail": "N", "confirmSecondFactor": "P", "confirmSignUp": "N", "createDiagram": "OAE",
        "createInvite": "OA", "createKey": "OA", "createLiveTicket": "OAEVS", "createProject": "OAE",
        "createRole": "OA", "createServiceAccount": "OA", "createTranscription": "OAE", "createVideo": "OAE",
        "createWebhook": "OA", "createWorkspace": "P", "deleteAccount": "P", "deleteDocument": "OAE",
        "deleteJob": "OAE", "deleteProject": "OAE", "deleteRole": "OA", "deleteSchedule": "OAE",
        "deleteWebhook": "OA", "deleteWorkspace": "OD", "disableAccount": "X", "disableServiceAccount": "OA",
        "drainQueue": "OA", "enableAccount": "X", "endOtherSessions": "P", "endSession": "P", "exportAudit": "OAS",
        "exportWorkspace": "OA", "failJob": "OA", "finishProviderSignIn": "N", "followJob": "OAEVS",
        "followSamples": "X", "getAccount": "P", "getArtifact": "OAEVS", "getBatch": "OAEVS", "getCaches": "X",
        "getDocument": "OAEVS", "getJob": "OAEVS", "getJobLog": "OAEVS", "getLimits": "OAEVS", "getLiveness": "N",
        "getMember": "OAEVS", "getMetrics": "X", "getOpenAPI": "N", "getOrgChart": "OAEVS",
        "getPermissions": "OAEVSD", "getProject": "OAEVS", "getQuotas": "OAES", "getReadiness": "N",
        "getReference": "N", "getRole": "OAEVS", "getSamples": "X", "getSampling": "X", "getSchedule": "OAEVS",
        "getUsage": "OAES", "getWebhook": "OAS", "getWorkspace": "OAEVSD", "leaseJobs": "OA", "leaveWorkspace": "P",
        "linkProvider": "P", "listAccounts": "X", "listAllWorkspaces": "X", "listArtifacts": "OAEVS",
        "listAudit": "OAS", "listCaps": "OAEVS", "listDocuments": "OAEVS", "listenLive": "OAEVS",
        "listInvites": "OAS", "listJobs": "OAEVS", "listKeys": "OAS", "listKinds": "OAEVS", "listMembers": "OAEVS",
        "listNodes": "X", "listPlans": "P", "listProjects": "OAEVS", "listProviders": "N", "listQueues": "OAEVS",
        "listRoles": "OAEVS", "listSchedules": "OAEVS", "listServiceAccounts": "OAS", "listSessions": "P",
        "listSigningKeys": "N", "listWebhookDeliveries": "OAS", "listWebhooks": "OAS", "listWorkspaces": "P",
        "pauseQueue": "OA", "pauseSchedule": "OAE", "previewSchedule": "OAEVS", "publishArtifact": "OA",
        "putDocument": "OAE", "putSchedule": "OAE", "redeliverWebhook": "OA", "refreshTokens": "N",
        "registerWorker": "OA", "releaseJob": "OA", "removeMember": "OA", "removeSecondFactor": "P",
        "renameWorkspace": "OA", "renewRecoveryCodes": "P", "reportProgress": "OA", "requestEmail": "P",
        "requestPasswordReset": "N", "resetPassword": "N", "restoreWorkspace": "OD", "resumeQueue": "OA",
        "resumeSchedule": "OAE", "resumeWorkspace": "X", "retryJob": "OAE", "revokeInvite": "OA", "revokeKey": "OA",
        "rotateSigningKeys": "X", "rotateWebhookSecret": "OA", "runSchedule": "OAE", "sendHeartbeat": "OA",
        "setCaches": "X", "setCap": "OA", "setLimits": "X", "setMemberRole": "OA", "setOperator": "X",
        "setOrgChartPlace": "OA", "setPlan": "X", "setSampling": "X", "signIn": "N", "signInWithCode": "N",
        "signOut": "P", "signUp": "N", "submitBatch": "OAE", "submitJob": "OAE", "submitJobs": "OAE",
        "suspendWorkspace": "X", "testWebhook": "OA", "transferWorkspace": "O", "unlinkProvider": "P",
        "updateProject": "OAE", "updateRole": "OA", "updateWebhook": "OA", "verifyAudit": "OAS",
    ]

    private struct Operation: Decodable {
        let operationId: String
        let permission: String?

        private enum CodingKeys: String, CodingKey {
            case operationId
            case permission = "x-permission"
        }
    }

    private struct Reference: Decodable {
        let paths: [String: [String: Operation]]
    }

    private static func letters(of permission: Permission) -> String {
        var letters = ""
        for (letter, role) in [("O", BuiltInRole.owner), ("A", .admin), ("E", .editor), ("V", .viewer)]
        where Authority(role: role.permissions, isOwner: role == .owner).permissions.contains(permission) {
            letters += letter
        }
        for (letter, state) in [("S", WorkspaceState.suspended), ("D", .deleting)] {
            let authority = Authority(role: BuiltInRole.owner.permissions, isOwner: true, state: state)
            if authority.permissions.contains(permission) { letters += letter }
            for role in [BuiltInRole.admin, .editor, .viewer] {
                #expect(Authority(role: role.permissions, state: state).permissions.isEmpty)
            }
        }
        return letters
    }

    @Test("is in the table, with exactly those who may")
    func table() async throws {
        let settings = try SettingOptions.parse([]).effective(environment: [:])
        let document = try await Server.reference(try ServerSettings(settings))
        let operations = try JSONDecoder().decode(Reference.self, from: document).paths.values.flatMap(\.values)
        #expect(operations.count > 100)
        for operation in operations {
            let letters =
                switch operation.permission.map(Permission.init(rawValue:)) {
                case nil: "N"
                case .account: "P"
                case .operate: "X"
                case .some(let permission): Self.letters(of: try #require(permission))
                }
            let row = Self.table[operation.operationId]
            #expect(row == letters, "\"\(operation.operationId)\": \"\(letters)\",")
        }
        #expect(Set(Self.table.keys) == Set(operations.map(\.operationId)), "rows of operations that are gone")
    }
}
