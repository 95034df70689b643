package import Endpoints
import Model

/// The operations on the organisation chart.
package struct OrganisationChartEndpoints: Sendable {
    let chart: OrganisationChart
    let directory: any PeopleDirectory

    package init(chart: OrganisationChart, directory: any PeopleDirectory) {
        self.chart = chart
        self.directory = directory
    }

    /// All of them.
    package var all: [Endpoint] { [show, setPlace] }

    private var show: Endpoint {
        Endpoint(
            .get, "/api/v1/org-chart", id: "getOrgChart", summary: "Shows who reports to whom",
            description: "Each person comes after their manager; `depth` says how many stand above.",
            access: .needs(.orgChartRead), rateClass: .orgChart,
            answers: [.json(200, "Everybody in the workspace.", .named("OrgChart"))], problems: [.unprocessable]
        ) { request in
            let places = try await chart.places(in: request.principal.workspace)
            let people = try await directory.people(Set(places.map(\.user)))
            return try .json(
                200, Page(items: places.map { PlaceDocument($0, person: people[$0.user]) }, next: nil))
        }
    }

    private var setPlace: Endpoint {
        Endpoint(
            .put, "/api/v1/org-chart/{id}", id: "setOrgChartPlace",
            summary: "Says what a member does and to whom the member reports",
            description: "Both members of the body replace what was there; left out, there is none.",
            access: .needs(.orgChartWrite), rateClass: .orgChart, audit: .own("member.placed"),
            parameters: [.id("The person's id.")],
            accepts: [.body(PlaceBody.self)],
            answers: [.json(200, "The member as it is now.", .named("Member"))],
            problems: [.notFound, .conflict, .unprocessable]
        ) { request in
            let body = try request.json(PlaceBody.self)
            return try .json(
                200,
                try await chart.setPlace(
                    of: request.id(), title: body.title?.value, manager: body.manager, by: Caller(request)))
        }
    }
}

/// The JSON form of a place to give.
private struct PlaceBody: Decodable, Documented {
    let title: Line<1, 100>?
    let manager: UserID?

    static let meanings = ["title": "What the member does here.", "manager": "To whom the member reports."]
}

/// A person in the chart.
private struct PlaceDocument: Encodable, Sendable {
    let user: UserID
    let name: String?
    let email: String?
    let title: String?
    let manager: UserID?
    let depth: Int
    let reports: Int

    init(_ place: OrganisationChart.Place, person: Person?) {
        user = place.user
        name = person?.name
        email = person?.email
        title = place.title
        manager = place.manager
        depth = place.depth
        reports = place.reports
    }
}
