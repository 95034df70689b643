import Crypto
package import Foundation
import Model

/// Hashes files of any size.
package enum FileHash {
    /// SHA-256 in hexadecimal, and the size, of a file, read in pieces of 1 MiB off the cooperative pool.
    package static func sha256(of file: URL) async throws -> (hex: String, size: Int64) {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global(qos: .utility).async {
                continuation.resume(with: Result { try hash(file) })
            }
        }
    }

    private static func hash(_ file: URL) throws -> (hex: String, size: Int64) {
        let handle = try FileHandle(forReadingFrom: file)
        defer { try? handle.close() }
        var hash = SHA256()
        var size: Int64 = 0
        while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty {
            hash.update(data: piece)
            size += Int64(piece.count)
        }
        return (hash.finalize().map { String(format: "%02x", $0) }.joined(), size)
    }
}
