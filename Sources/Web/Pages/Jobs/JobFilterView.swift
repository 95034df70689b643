import Endpoints
import Foundation
import Model
import Storage

/// The filters of the list of jobs, as the address and the page hold them.
struct JobFilterView {
    /// States that people do not tell apart.
    enum Group: String, CaseIterable {
        case waiting, running, done, failed, ended

        var states: Set<JobState> {
            switch self {
            case .waiting: [.scheduled, .blocked, .parked, .ready]
            case .running: [.leased]
            case .done: [.succeeded]
            case .failed: [.dead]
            case .ended: [.canceled, .expired]
            }
        }
    }

    let group: Group?
    let kind: String?
    let batch: BatchID?

    init(_ request: EndpointRequest) throws {
        group = request.value("state").flatMap(Group.init(rawValue:))
        kind = request.value("kind")
        batch = try request.value("batch").map { try BatchID(parameter: $0, "batch") }
    }

    var filter: JobFilter { JobFilter(states: group?.states ?? [], kind: kind, batch: batch) }

    /// Whether everything is shown.
    var isEmpty: Bool { group == nil && kind == nil && batch == nil }

    /// The address of the list with these filters and more.
    func path(_ changes: [String: String?] = [:]) -> String {
        let own: [String: String?] = ["state": group?.rawValue, "kind": kind, "batch": batch?.description]
        let query = own.merging(changes) { $1 }.compactMap { name, value in
            value.map { "\(name)=\($0.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")" }
        }
        return query.isEmpty ? "/jobs" : "/jobs?" + query.sorted().joined(separator: "&")
    }

    /// For the template.
    func fields(kinds: [String], _ texts: PageTexts) -> [String: Any] {
        let tabs: [[String: Any]] = ([nil] + Group.allCases.map(Optional.some)).map { tab in
            [
                "label": texts("filter_\(tab?.rawValue ?? "all")"), "href": path(["state": tab?.rawValue]),
                "isCurrent": tab == group,
            ]
        }
        var fields: [String: Any] = [
            "tabs": tabs,
            "kinds": kinds.map {
                ["value": $0, "label": texts.label("kind", $0), "isCurrent": $0 == kind] as [String: Any]
            },
            "isFiltered": !isEmpty, "filterPath": path(),
        ]
        fields["filterState"] = group?.rawValue
        fields["filterStates"] = group.map { $0.states.map(\.rawValue).sorted().joined(separator: ",") }
        fields["filterKind"] = kind
        fields["filterBatch"] = batch?.description
        return fields
    }
}
