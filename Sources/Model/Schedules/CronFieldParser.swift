/// Reads one field of a cron expression.
struct CronFieldParser {
    let field: CronField
    /// The whole expression, for the positions in errors; parts of it are its substrings.
    let expression: String

    func values(_ text: Substring) throws -> NumberSet {
        var values = NumberSet()
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard !item.isEmpty else { throw error("the list '\(text)' has an empty place", at: text) }
            for number in try numbers(of: item) { values.insert(field == .weekday ? number % 7 : number) }
        }
        return values
    }

    /// What one item of a list stands for: `*`, `5`, `1-5`, each with or without a step.
    private func numbers(of item: Substring) throws -> StrideThrough<Int> {
        let parts = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let step = parts.count == 2 ? try self.step(parts[1], in: item) : nil
        let base = parts[0]
        if base == "*" || base == "?" {
            return stride(from: field.everyValue.lowerBound, through: field.everyValue.upperBound, by: step ?? 1)
        }
        let ends = base.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let first = try number(ends[0], in: item)
        guard ends.count == 2 else {
            return stride(from: first, through: step == nil ? first : field.range.upperBound, by: step ?? 1)
        }
        var last = try number(ends[1], in: item)
        // A week may end on Sunday: SAT-SUN.
        if field == .weekday, last == 0, first > 0 { last = 7 }
        guard first <= last else {
            throw error("the range '\(base)' runs backwards; write it as two ranges with a comma", at: base)
        }
        return stride(from: first, through: last, by: step ?? 1)
    }

    private func step(_ text: Substring, in item: Substring) throws -> Int {
        guard let step = plainNumber(text), step > 0 else {
            throw error("the step in '\(item)' must be a whole number above 0", at: text.isEmpty ? item : text)
        }
        guard step <= field.everyValue.count else {
            throw error(
                "the step in '\(item)' is larger than \(field.everyValue.count), so it would never come into play; "
                    + "longer intervals are written as '@every 90m'", at: text)
        }
        return step
    }

    private func number(_ text: Substring, in item: Substring) throws -> Int {
        if let index = field.names.firstIndex(of: text.uppercased()) {
            return index + field.everyValue.lowerBound
        }
        guard let number = plainNumber(text) else {
            guard !text.isEmpty else { throw error("'\(item)' is incomplete", at: item) }
            throw error("'\(text)' is no \(field.name)", at: text)
        }
        guard field.range.contains(number) else {
            let (low, high) = (field.range.lowerBound, field.range.upperBound)
            throw error("\(text) lies outside of \(low)-\(high)", at: text)
        }
        return number
    }

    /// Up to four ASCII digits: no signs, no other scripts.
    private func plainNumber(_ text: Substring) -> Int? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }

    private func error(_ problem: String, at part: Substring) -> CronSyntaxError {
        CronSyntaxError(problem, allowed: field.allowed, at: part, of: field, in: expression)
    }
}
