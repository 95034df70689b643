package import Endpoints
package import Storage

/// How often each class of operations may be called, per caller.
package struct RateLimits: Hashable, Sendable {
    private var bounds: [Endpoint.RateClass: RateBound?] = [:]

    /// The usual limits, or those of a text such as `read=240/min, sign-in=5/min, upload=off`: whole numbers per second
    /// (`s`), minute (`min`) or hour (`h`).
    ///
    /// - Throws: ``Mistake`` for what is no such text.
    package init(changes text: String = "") throws(Mistake) {
        for part in text.split(separator: ",") {
            let sides = part.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
            guard sides.count == 2, let rateClass = Endpoint.RateClass(rawValue: sides[0]), rateClass != .unlimited
            else {
                let known = Endpoint.RateClass.allCases.filter { $0 != .unlimited }.map(\.rawValue)
                throw Mistake(
                    "'\(part)' limits nothing known. Write CLASS=NUMBER/min; classes are \(known.joined(separator: ", "))."
                )
            }
            bounds[rateClass] = .some(try Self.bound(sides[1]))
        }
    }

    /// The limit of a class; nil for none.
    package subscript(rateClass: Endpoint.RateClass) -> RateBound? {
        if let changed = bounds[rateClass] { return changed }
        return rateClass.usualCallsPerMinute.map { RateBound(calls: $0, window: .seconds(60)) }
    }

    private static let windows: [String: Duration] = ["s": .seconds(1), "min": .seconds(60), "h": .seconds(3_600)]
    /// The moments of so many calls are kept for each caller.
    private static let most = 100_000

    private static func bound(_ text: String) throws(Mistake) -> RateBound? {
        if text == "off" { return nil }
        let sides = text.split(separator: "/").map(String.init)
        guard sides.count == 2, let calls = Int(sides[0]), (1...most).contains(calls), let window = windows[sides[1]]
        else {
            throw Mistake(
                "'\(text)' is no limit. Write a number from 1 to \(most) and a time, such as 120/min, or off.")
        }
        return RateBound(calls: calls, window: window)
    }

    /// A text that says no limits.
    package struct Mistake: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String

        init(_ description: String) {
            self.description = description
        }
    }
}
