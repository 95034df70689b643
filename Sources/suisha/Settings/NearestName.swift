/// Finds what somebody meant who mistyped a name.
enum NearestName {
    /// The candidate that is closest to `name`, if it is close enough to be meant.
    static func of(_ name: String, among candidates: [String]) -> String? {
        let best = candidates.map { (distance: distance($0, name), name: $0) }.min { $0 < $1 }
        guard let best, best.distance <= max(2, name.count / 4) else { return nil }
        return best.name
    }

    /// How many letters must be added, left out, changed or swapped to get from one to the other.
    static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left)
        let right = Array(right)
        var rows = [Array(0...right.count)]
        for row in 1...max(left.count, 1) where row <= left.count {
            var current = [row]
            for column in 1...max(right.count, 1) where column <= right.count {
                let same = left[row - 1] == right[column - 1]
                var cost = min(
                    rows[row - 1][column] + 1, current[column - 1] + 1, rows[row - 1][column - 1] + (same ? 0 : 1))
                if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                    cost = min(cost, rows[row - 2][column - 2] + 1)
                }
                current.append(cost)
            }
            rows.append(current)
        }
        return rows[left.count][right.count]
    }
}
