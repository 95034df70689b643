import Foundation
import Model
import NIOCore
import Storage

extension DispatchEntry {
    private static let tags: Int64 = 1 << 50

    /// Kind, score and job, as the scripts take them.
    ///
    /// - Throws: `invalid` for a band or a tag outside of its range: a double would not hold them exactly.
    func arguments() throws(StorageError) -> [RedisCommand.Argument] {
        guard (0...7).contains(band), (0..<Self.tags).contains(tag) else {
            throw StorageError(
                .invalid,
                "\(job) cannot be offered: its band \(band) must be 0 to 7 and its tag \(tag) 0 to \(Self.tags - 1).")
        }
        return [.text(kind), .integer(Int64(band) * Self.tags + tag), .text(job.sql)]
    }

    /// Reads a member of the set of taken entries: job, score and kind.
    init(member: RESPValue) throws(StorageError) {
        guard case .bulk(var bytes) = member, let job = bytes.readSlice(length: 36).flatMap(Self.job),
            case let rest = String(buffer: bytes).split(separator: " ", maxSplits: 1), rest.count == 2,
            let score = Int64(rest[0]), score >= 0
        else {
            throw StorageError(
                .corrupt,
                """
                The index of ready jobs in Redis holds what Suisha did not write there: \(member.text ?? "no text"). Give \
                Suisha a prefix or a database of its own.
                """)
        }
        self.init(job: job, kind: String(rest[1]), band: Int(score / Self.tags), tag: score % Self.tags)
    }

    /// Reads 32 hexadecimal digits with hyphens between them. Foundation takes five times as long, and thousands are read in
    /// a second.
    private static func job(_ text: ByteBuffer) -> JobID? {
        var (high, low, count): (UInt64, UInt64, Int) = (0, 0, 0)
        for byte in text.readableBytesView where byte != UInt8(ascii: "-") {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            default: return nil
            }
            high = high << 4 | low >> 60
            low = low << 4 | UInt64(digit)
            count += 1
        }
        guard count == 32 else { return nil }
        return withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { bytes in
            JobID(uuid: UUID(uuid: bytes.loadUnaligned(as: uuid_t.self)))
        }
    }
}
