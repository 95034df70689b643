import Endpoints
import Engine
import Foundation
import Model
import Storage

/// What the list does with several jobs at once, and takes back.
enum JobChange: String, Sendable {
    case cancel, retry

    /// What takes it back: canceled jobs run again, and jobs that run again are canceled.
    var inverse: JobChange { self == .cancel ? .retry : .cancel }

    /// What the audit log calls it.
    var deed: String { self == .cancel ? JobDeeds.canceling : JobDeeds.retrying }

    /// - Returns: whether the job was in a state for it, and the caller may.
    func apply(
        to id: JobID, for principal: Principal, _ service: JobService, _ reading: any JobReading,
        _ submissions: any JobSubmissions
    ) async throws -> Bool {
        let workspace = principal.workspace
        guard let job = try await reading.job(id, in: workspace) else { return false }
        do {
            switch self {
            case .cancel:
                guard !job.state.isTerminal else { return false }
                _ = try await submissions.cancel(id, in: workspace)
            case .retry:
                guard [.dead, .canceled, .expired].contains(job.state),
                    (try? service.check(principal, mayUse: job.kind)) != nil
                else { return false }
                _ = try await submissions.replay(id, in: workspace)
            }
            return true
        } catch {
            // It ended or began in this moment.
            guard error.code == .conflict || error.code == .notFound else { throw error }
            return false
        }
    }

    // MARK: Taking back

    private static let cookieName = "suisha_undo"

    /// The `Set-Cookie` header that remembers for two minutes which jobs were changed.
    static func cookie(_ ids: [JobID]) -> String {
        let names = ids.map(\.description).joined(separator: ".")
        return "\(cookieName)=\(names); Path=/jobs; HttpOnly; SameSite=Strict; Max-Age=\(names.isEmpty ? 0 : 120)"
    }

    static func remembered(in cookies: String?) -> [JobID] {
        (Cookies(cookies)[cookieName] ?? "").split(separator: ".").compactMap { JobID(String($0)) }
    }

    /// How it went, as the address of the next page says it.
    struct Outcome: Sendable {
        let change: JobChange
        let count: Int
        let skipped: Int

        init(change: JobChange, count: Int, skipped: Int) {
            self.change = change
            self.count = count
            self.skipped = skipped
        }

        init?(_ request: EndpointRequest) {
            guard let change = request.query["changed"].flatMap(JobChange.init),
                let count = request.query["count"].flatMap(Int.init), count >= 0
            else { return nil }
            self.init(change: change, count: count, skipped: request.query["skipped"].flatMap(Int.init) ?? 0)
        }

        var query: String { "changed=\(change.rawValue)&count=\(count)&skipped=\(skipped)" }

        func sentence(_ texts: PageTexts) -> String {
            let name = skipped > 0 ? "changed_\(change.rawValue)_some" : "changed_\(change.rawValue)"
            return texts(name, ["n": String(count), "skipped": String(skipped)])
        }
    }
}
