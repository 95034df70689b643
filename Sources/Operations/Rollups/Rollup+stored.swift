import Foundation
import Model
import Storage

/// How rollups stand in the database: numbers instead of names, nothing that is empty, three decimals.
struct StoredRollup: Codable {
    /// Microseconds since 1970, where several stand together.
    var at: Int64?
    let measured: Double
    /// The gauge's number and its value, or least, greatest, sum and count.
    let gauges: [[Double]]?
    /// The count's number, the total and the most in a second.
    let counts: [[Double]]?
    /// The distribution's number, the sum in seconds, and for each range with values its number and their count.
    let histograms: [[Double]]?
    let failures: [Failure]?
    let users: DistinctCount?
    let shares: [Share]?

    struct Failure: Codable {
        let kind: String
        let code: String
        let count: Int
    }

    struct Share: Codable {
        let workspace: WorkspaceID
        let running: Int
        let waiting: Int
        let recent: Double
        let weight: Int

        init(_ share: WorkspaceShare) {
            workspace = share.workspace
            running = share.running
            waiting = share.waiting
            recent = StoredRollup.short(share.recent)
            weight = share.weight
        }

        var share: WorkspaceShare {
            WorkspaceShare(workspace: workspace, running: running, waiting: waiting, recent: recent, weight: weight)
        }
    }

    private enum CodingKeys: String, CodingKey {
        case at
        case measured = "m"
        case gauges = "g"
        case counts = "c"
        case histograms = "h"
        case failures = "f"
        case users = "u"
        case shares = "s"
    }

    init(_ rollup: Rollup, at moment: Timestamp? = nil) {
        func filled<Element>(_ list: [Element]) -> [Element]? { list.isEmpty ? nil : list }
        at = moment?.microseconds
        measured = Self.short(rollup.measured)
        gauges = filled(
            rollup.gauges.sorted { $0.key < $1.key }.map { gauge, spread in
                let values =
                    spread.count == 1 ? [spread.sum] : [spread.least, spread.greatest, spread.sum, spread.count]
                return [Double(gauge.rawValue)] + values.map { Self.short($0) }
            })
        counts = filled(
            rollup.counts.filter { $0.value.total > 0 }.sorted { $0.key < $1.key }.map { count, tally in
                [Double(count.rawValue), Self.short(tally.total), Self.short(tally.greatest)]
            })
        histograms = filled(
            rollup.histograms.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }.map { distribution, histogram in
                [Double(distribution.rawValue), Self.short(histogram.total, 1_000_000)]
                    + histogram.ranges.sorted { $0.key < $1.key }.flatMap { [Double($0.key), Double($0.value)] }
            })
        failures = filled(
            rollup.failures.sorted.map { .init(kind: $0.fingerprint.kind, code: $0.fingerprint.code, count: $0.count) })
        users = rollup.users.isEmpty ? nil : rollup.users
        shares = filled(rollup.shares.map(Share.init))
    }

    /// What a newer version stored and this one does not know is left out.
    var rollup: Rollup {
        var rollup = Rollup()
        rollup.measured = measured
        for row in gauges ?? [] {
            guard let number = row.first, let gauge = Gauge(rawValue: Int(number)) else { continue }
            if row.count == 2 { rollup.gauges[gauge] = Spread(row[1]) }
            if row.count == 5 {
                rollup.gauges[gauge] = Spread(least: row[1], greatest: row[2], sum: row[3], count: row[4])
            }
        }
        for row in counts ?? [] where row.count == 3 {
            guard let count = Count(rawValue: Int(row[0])) else { continue }
            rollup.counts[count] = Tally(total: row[1], greatest: row[2])
        }
        for row in histograms ?? [] where row.count >= 2 {
            guard let distribution = Distribution(rawValue: Int(row[0])) else { continue }
            var ranges: [Int: UInt64] = [:]
            for index in stride(from: 2, to: row.count - 1, by: 2) {
                guard (0..<HistogramRange.count).contains(Int(row[index])), row[index + 1] >= 0 else { continue }
                ranges[Int(row[index])] = UInt64(row[index + 1])
            }
            rollup.histograms[distribution] = Histogram(ranges: ranges, total: row[1])
        }
        rollup.failures = FailureTally(
            Dictionary(
                (failures ?? []).map { (Fingerprint(kind: $0.kind, code: $0.code), $0.count) }, uniquingKeysWith: +))
        rollup.users = users ?? DistinctCount()
        rollup.shares = (shares ?? []).map(\.share)
        return rollup
    }

    fileprivate static func short(_ value: Double, _ scale: Double = 1_000) -> Double {
        (value * scale).rounded() / scale
    }
}

extension Array<StoredRollup> {
    /// The text of a row.
    var text: String {
        get throws(StorageError) {
            do {
                return try JSONText(encoding: self).text
            } catch {
                throw StorageError(.invalid, "A rollup cannot be written as JSON.", underlying: error)
            }
        }
    }

    init(text: String) throws(StorageError) {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(text.utf8))
        } catch {
            throw StorageError(.corrupt, "A row of operations_rollup is no rollup.", underlying: error)
        }
    }
}
