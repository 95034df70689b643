import Endpoints
import Model
import Storage

extension EndpointRequest {
    /// The job that the path names.
    ///
    /// - Throws: `Problem` when it is not in the caller's workspace.
    func job(in reading: any JobReading) async throws -> Job {
        let id = try JobID(parameter: path["id"] ?? "", "id")
        guard let job = try await reading.job(id, in: principal.workspace) else {
            throw Problem(.notFound, "There is no job \(id).")
        }
        return job
    }

    /// A parameter of the query; an empty one is as good as none.
    func value(_ name: String) -> String? {
        query[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A whole number of the query.
    func integer(_ name: String, in range: ClosedRange<Int64>) throws -> Int64? {
        guard let text = value(name) else { return nil }
        guard let value = Int64(text), range.contains(value) else {
            throw Problem(
                .invalidRequest,
                "The parameter '\(name)' must be a whole number from \(range.lowerBound) to \(range.upperBound).",
                field: name)
        }
        return value
    }

    /// States of the query, separated by commas.
    func states(_ name: String) throws -> Set<JobState> {
        guard let text = query[name], !text.isEmpty else { return [] }
        return try Set(
            text.split(separator: ",").map { word in
                guard let state = JobState(rawValue: String(word)) else {
                    let known = JobState.allCases.map(\.rawValue).joined(separator: ", ")
                    throw Problem(
                        .invalidRequest, "There is no state '\(word.prefix(40))'; there are: \(known).", field: name)
                }
                return state
            })
    }
}

extension Identifier {
    /// Reads an id from a parameter.
    ///
    /// - Throws: `Problem`; an id in the path that cannot exist is simply not found.
    init(parameter text: String, _ name: String) throws {
        guard let id = Self(text) else {
            let form = "\(Kind.prefix)_ and 32 hexadecimal digits"
            throw name == "id"
                ? Problem(.notFound, "An id has the form \(form).", field: name)
                : Problem(.invalidRequest, "The parameter '\(name)' must be \(form).", field: name)
        }
        self = id
    }
}
