import Foundation
import Model

/// A job of any kind to submit, as `POST /api/v1/jobs` takes it.
struct JobRequest: Encodable, Sendable {
    var kind: String
    var input: JSONText
    var priority: Int?
    var delay: Duration?
    var runAt: Timestamp?
    var expires: Duration?
    var needs: [String] = []
    var whenNeedFails: String?
    var caps: [String: Int] = [:]

    private enum CodingKeys: String, CodingKey {
        case kind, input, priority, needs, caps
        case delay = "delay_ms"
        case runAt = "run_at"
        case expires = "expires_in_ms"
        case whenNeedFails = "when_need_fails"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(kind, forKey: .kind)
        try container.encode(input, forKey: .input)
        try container.encodeIfPresent(priority, forKey: .priority)
        try container.encodeIfPresent(delay.map { $0.microseconds / 1_000 }, forKey: .delay)
        try container.encodeIfPresent(runAt, forKey: .runAt)
        try container.encodeIfPresent(expires.map { $0.microseconds / 1_000 }, forKey: .expires)
        if !needs.isEmpty { try container.encode(needs, forKey: .needs) }
        try container.encodeIfPresent(whenNeedFails, forKey: .whenNeedFails)
        if !caps.isEmpty { try container.encode(caps, forKey: .caps) }
    }
}
