import Foundation
import Model

/// One second of a server as the API shows it.
struct SampleView: Decodable, Sendable {
    let at: Timestamp
    let nodes: Int
    let values: [String: Double]
    let failures: [Failure]
    let workspaces: [Workspace]

    /// Attempts that failed for one reason.
    struct Failure: Decodable, Sendable {
        let kind: String
        let code: String
        let count: Int
    }

    /// What a workspace has of the workers.
    struct Workspace: Decodable, Sendable {
        let workspace: String
        let running: Int
        let waiting: Int
        let sharePercent: Double

        private enum CodingKeys: String, CodingKey {
            case workspace, running, waiting
            case sharePercent = "share_percent"
        }
    }

    /// Reads the data of an event.
    init(_ text: String) throws {
        do {
            self = try JSONDecoder().decode(SampleView.self, from: Data(text.utf8))
        } catch {
            throw CommandFailure(
                "The server's answer cannot be read; perhaps it is of another version than this program (\(Version.current))."
            )
        }
    }
}
