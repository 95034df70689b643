import Endpoints
import Foundation
import Model
import Storage
import Tenancy
import Testing

@Suite("Plans (B7)")
struct PlanCatalogTests {
    @Test("the plans that come with the server grow from one to the next")
    func standard() {
        let plans = PlanCatalog.standard.plans
        #expect(plans.map(\.name) == ["free", "starter", "professional", "enterprise"])
        #expect(PlanCatalog.standard.initial.name == "free")
        for (smaller, larger) in zip(plans, plans.dropFirst()) {
            #expect(smaller.weight < larger.weight && (smaller.retentionDays ?? .max) < (larger.retentionDays ?? .max))
            for meter in Meter.allCases {
                #expect((smaller.cap(of: meter) ?? .max) <= (larger.cap(of: meter) ?? .max), "\(meter)")
            }
        }
    }

    @Test("a plan is read from configuration, and what is wrong with it is said")
    func configuration() throws {
        let text = #"{"name":"team","limits":{"projects":7},"weight":3,"slots":4,"withheld":["webhooks:write"]}"#
        let plan = try JSONDecoder().decode(Plan.self, from: Data(text.utf8))
        #expect(plan.cap(of: .projects) == 7 && plan.cap(of: .storageBytes) == nil)
        #expect(plan.withheld == [.webhooksWrite] && plan.title == "Team")
        #expect(plan.workspaceLimit == WorkspaceLimit(weight: 3, slots: 4))
        #expect(try PlanCatalog([plan], initial: "team").plan("gone", of: WorkspaceID()).name == "team")
        // The server's own workspace is bounded by the settings alone.
        #expect(try PlanCatalog([plan], initial: "team").plan("team", of: .local).cap(of: .projects) == nil)
        #expect(throws: Problem.self) { try PlanCatalog([plan], initial: "free") }
        #expect(throws: Problem.self) { try PlanCatalog([plan, plan], initial: "team") }
        for wrong in [
            #"{"name":"team","limits":{"project":7}}"#, #"{"name":"team","limits":{"projects":-1}}"#,
            #"{"name":"team","weight":0}"#, #"{"name":"team","slots":0}"#, #"{"name":"The Team"}"#,
        ] {
            let plan = try JSONDecoder().decode(Plan.self, from: Data(wrong.utf8))
            #expect(throws: Problem.self, "\(wrong)") { try PlanCatalog([plan], initial: plan.name) }
        }
    }
}
