import Endpoints
import Engine
import Foundation
import Model
import Storage

/// The pages about jobs: the start, the list, one job.
struct JobPages: Sendable {
    let reading: any JobReading
    let submissions: any JobSubmissions
    let service: JobService
    let objects: any ObjectStore
    let start: StartForm?
    let uploadLimit: ByteCount
    let frame: PageFrame

    /// All of them.
    var all: [Endpoint] {
        var pages = [home, list, change, undo, job, log, cancel, retry, again]
        if let start {
            pages.append(submit(start))
            if let sample = start.sample { pages.append(submit(sample, as: start.kind)) }
        }
        return pages
    }

    /// How many jobs a page of the list shows, and how many can be changed at once.
    static let pageSize = 50
    private static let recent = 6

    // MARK: Start

    private var home: Endpoint {
        .page(.get, "/", id: "showHome") { request in
            let jobs = try await reading.jobs(
                matching: JobFilter(), in: request.principal.workspace, before: nil, limit: Self.recent + 1)
            let reader = try await frame.reader(of: request, at: "/")
            let texts = frame.texts(request)
            var fields: [String: Any] = ["jobs": jobs.prefix(Self.recent).map { JobView($0, texts) }]
            fields["more"] = jobs.count > Self.recent
            if let start, request.principal.permissions.contains(.jobsWrite) {
                fields["start"] = StartView(start, limit: uploadLimit, texts)
            }
            return frame.renderer.page(.home, title: texts("nav_start"), for: reader, fields)
        }
    }

    private func submit(_ start: StartForm) -> Endpoint {
        .page(
            .post, "/", id: "submitOnPage", needs: .jobsWrite, audit: .entry(JobDeeds.submission),
            takes: .object([.init("file", .file, "The file.")])
        ) {
            request in
            guard case .form(let form) = request.body, form.files.count == 1, let file = form.files.first else {
                throw Problem(.unprocessable, "Choose one file.", field: "file")
            }
            try frame.check(form.fields, of: request)
            // A select without a choice sends an empty field.
            let options = form.fields.filter { !["kind", "workspace"].contains($0.key) && !$0.value.isEmpty }
            let submitted = try await service.submit(
                kind: start.kind, input: .upload(file, options: options), for: request)
            return .redirect(to: "/jobs/\(submitted.job.id)")
        }
    }

    private func submit(_ sample: StartForm.Sample, as kind: String) -> Endpoint {
        .page(.post, "/sample", id: "submitSampleOnPage", needs: .jobsWrite, audit: .entry(JobDeeds.submission)) {
            request in
            let file = try await sample.upload(to: objects, in: request.principal.workspace)
            let submitted = try await service.submit(kind: kind, input: .upload(file, options: [:]), for: request)
            return .redirect(to: "/jobs/\(submitted.job.id)")
        }
    }

    // MARK: The list

    private var list: Endpoint {
        .page(.get, "/jobs", id: "showJobs") { request in
            let filter = try JobFilterView(request)
            let before = try request.value("before").map { try JobID(parameter: $0, "before") }
            // One more than is shown tells whether there is a next page.
            let jobs = try await reading.jobs(
                matching: filter.filter, in: request.principal.workspace, before: before, limit: Self.pageSize + 1)
            let texts = frame.texts(request)
            var reader = try await frame.reader(of: request, at: filter.path(), section: "/jobs")
            let kinds = try await service.allKinds(in: request.principal.workspace).map(\.name)
            var fields = filter.fields(kinds: kinds, texts)
            fields["jobs"] = jobs.prefix(Self.pageSize).map { JobView($0, texts) }
            fields["isFirst"] = before == nil
            fields["newest"] = filter.path()
            if jobs.count > Self.pageSize {
                fields["older"] = filter.path(["before": jobs[Self.pageSize - 1].id.description])
            }
            if let done = JobChange.Outcome(request) {
                reader.notice = done.sentence(texts)
                fields["undo"] = done.change.inverse.rawValue
            }
            fields["canChange"] = request.principal.permissions.contains(.jobsWrite)
            return frame.renderer.page(.jobs, title: texts("nav_jobs"), for: reader, fields)
        }
    }

    private var change: Endpoint {
        .page(
            .post, "/jobs/change", id: "changeJobsOnPage", needs: .jobsWrite, audit: .entry(JobDeeds.canceling),
            takes: .object([])
        ) { request in
            guard case .form(let form) = request.body, let change = form.fields["change"].flatMap(JobChange.init)
            else { throw Problem(.invalidRequest, "Choose what to do with the jobs.", field: "change") }
            try frame.check(form.fields, of: request)
            let ids = form.fields.filter { $0.key.hasPrefix("job[") }.values.compactMap { JobID($0) }
            return try await apply(change, to: ids, form.fields["back"], request)
        }
    }

    private var undo: Endpoint {
        .page(
            .post, "/jobs/undo", id: "undoJobsOnPage", needs: .jobsWrite, audit: .entry(JobDeeds.canceling),
            takes: .object([])
        ) { request in
            guard case .form(let form) = request.body, let change = form.fields["change"].flatMap(JobChange.init)
            else { throw Problem(.invalidRequest, "There is nothing to undo.", field: "change") }
            try frame.check(form.fields, of: request)
            let ids = JobChange.remembered(in: request.headers["cookie"])
            return try await apply(change, to: ids, form.fields["back"], request)
        }
    }

    private func apply(
        _ change: JobChange, to ids: [JobID], _ back: String?, _ request: EndpointRequest
    ) async throws -> EndpointResponse {
        guard ids.count <= Self.pageSize else {
            throw Problem(.unprocessable, "At most \(Self.pageSize) jobs are changed at once.", field: "job")
        }
        var changed: [JobID] = []
        request.deeds.addNothing()
        for id in ids where try await change.apply(to: id, for: request.principal, service, reading, submissions) {
            changed.append(id)
            request.deeds.add(change.deed, to: [id.description])
        }
        let outcome = JobChange.Outcome(change: change, count: changed.count, skipped: ids.count - changed.count)
        let back = PageRoutes.local(back ?? "/jobs")
        return .redirect(
            to: back + (back.contains("?") ? "&" : "?") + outcome.query, cookies: [JobChange.cookie(changed)])
    }

    // MARK: One job

    private var job: Endpoint {
        .page(.get, "/jobs/{id}", id: "showJob") { request in
            let job = try await request.job(in: reading)
            let artifacts = try await reading.artifacts(of: job.id, in: job.workspace)
            let steps = try await reading.steps(of: job.id, in: job.workspace)
            var journal: [JobEvent] = []
            for type in [JobEvent.Kind.progress, .error, .complete] {
                journal += try await reading.events(
                    of: job.id, in: job.workspace, after: 0, type: type, limit: JobTimeline.maximumEntries)
            }
            let kind = try? await service.kind(job.kind, in: job.workspace)
            let reader = try await frame.reader(of: request, at: "/jobs/\(job.id)", section: "/jobs")
            let texts = frame.texts(request)
            let view = JobPage(job, artifacts: artifacts, stages: kind?.stages ?? [], texts)
            var fields = view.fields
            fields["timeline"] = JobTimeline(job, journal: journal, steps: steps, now: .now, texts).fields
            fields["input"] = job.input.withoutObjectKeys.indented
            fields["output"] = job.result?.withoutObjectKeys.indented
            if request.principal.permissions.contains(.jobsWrite) {
                fields["canChange"] = true
                // An input with an uploaded file cannot be sent again by hand.
                fields["canEdit"] = kind.map { (try? service.checked(job.input.withoutObjectKeys, for: $0)) != nil }
                fields["canRetry"] = [.dead, .canceled, .expired].contains(job.state)
            }
            return frame.renderer.page(.job, title: view.job.title, for: reader, fields)
        }
    }

    /// The whole log as text, at the reader's pace.
    private var log: Endpoint {
        .page(.get, "/jobs/{id}/log", id: "downloadLog") { request in
            let job = try await request.job(in: reading)
            let lines = LogText(job: job.id, workspace: job.workspace, reading: reading)
            return EndpointResponse(
                status: 200, headers: ["Content-Disposition": "attachment; filename=\"\(job.id).log\""],
                body: .stream(lines, length: nil, contentType: "text/plain; charset=utf-8"))
        }
    }

    private var cancel: Endpoint {
        .page(.post, "/jobs/{id}/cancel", id: "cancelJobOnPage", needs: .jobsWrite, audit: .entry(JobDeeds.canceling)) {
            request in
            let id = try JobID(parameter: request.path["id"] ?? "", "id")
            return .redirect(to: "/jobs/\(try await submissions.cancel(id, in: request.principal.workspace).id)")
        }
    }

    private var retry: Endpoint {
        .page(.post, "/jobs/{id}/retry", id: "retryJobOnPage", needs: .jobsWrite, audit: .entry(JobDeeds.retrying)) {
            request in
            let job = try await request.job(in: reading)
            try service.check(request.principal, mayUse: job.kind)
            return .redirect(to: "/jobs/\(try await submissions.replay(job.id, in: job.workspace).id)")
        }
    }

    /// A new job of the same kind with an input that was edited.
    private var again: Endpoint {
        .page(
            .post, "/jobs/{id}/again", id: "repeatJobOnPage", needs: .jobsWrite, audit: .entry(JobDeeds.submission),
            takes: .object([])
        ) { request in
            let job = try await request.job(in: reading)
            guard case .form(let form) = request.body else { throw Problem(.invalidRequest, "The form is empty.") }
            do {
                try frame.check(form.fields, of: request)
                let schema = Schema.object([.init("input", .any, required: true, "The input.")])
                let input = try FormBody(fields: form.fields).json(for: schema)["input"] ?? .null
                let submitted = try await service.submit(
                    kind: job.kind, input: .document(try JSONText(encoding: input)), for: request)
                let page = "/jobs/\(submitted.job.id)"
                return request.wantsDocument ? try .goOn(to: page) : .redirect(to: page)
            } catch let problem as Problem where problem.kind.status < 500 && !request.wantsDocument {
                return try await frame.problem(problem, back: "/jobs/\(job.id)", for: request)
            }
        }
    }
}
