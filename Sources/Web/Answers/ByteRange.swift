/// What a `Range` header asks for, measured against the length of the content (RFC 9110, 14).
enum ByteRange: Hashable, Sendable {
    /// All of it: no range, several ranges, another unit, or nonsense, all of which a server may ignore.
    case whole
    case part(Range<Int64>)
    /// Outside of the content: 416.
    case unsatisfiable

    init(_ header: String?, size: Int64) {
        guard let header, header.lowercased().hasPrefix("bytes="), !header.contains(",") else {
            self = .whole
            return
        }
        let ends = header.dropFirst(6).split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
            .map { $0.filter { $0 != " " } }
        guard ends.count == 2, ends.allSatisfy({ $0.allSatisfy(\.isASCIIDigit) }) else {
            self = .whole
            return
        }
        switch (Int64(ends[0]), Int64(ends[1])) {
        case (nil, let suffix?):
            self = suffix > 0 && size > 0 ? .part(max(0, size - suffix)..<size) : .unsatisfiable
        case (let first?, let last) where ends[1].isEmpty || last != nil:
            if let last, last < first {
                self = .whole
            } else if first >= size {
                self = .unsatisfiable
            } else {
                self = .part(first..<min(size, (last.map { $0 == .max ? $0 : $0 + 1 }) ?? size))
            }
        default: self = .whole
        }
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
