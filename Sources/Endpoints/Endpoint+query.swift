extension Endpoint {
    /// Checks the parameters of a query that have a few values or are numbers. What the others mean is for the handler.
    ///
    /// - Throws: `Problem` that names the parameter.
    package func check(query: [String: String]) throws {
        for parameter in parameters where parameter.place == .query {
            guard let value = query[parameter.name] else {
                guard parameter.required else { continue }
                throw Problem(.invalidRequest, "The parameter '\(parameter.name)' is missing.", field: parameter.name)
            }
            let expected: String
            switch parameter.schema {
            case .string(_, let values?, _, _, _):
                if values.contains(value) { continue }
                expected = values.joined(separator: " or ")
            case .integer(let minimum, let maximum):
                let range = (minimum ?? .min)...(maximum ?? .max)
                if let number = Int64(value), range.contains(number) { continue }
                expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
            default: continue
            }
            throw Problem(
                .invalidRequest, "The parameter '\(parameter.name)' must be \(expected).", field: parameter.name)
        }
    }
}
