import Foundation

/// Writes a file that is there only when it is whole.
enum FileDraft {
    /// Hands the body a function that takes the file's bytes, and puts the file in its place when the body returns.
    ///
    /// - Throws: ``CommandFailure`` when the file cannot be written, and what the body throws.
    static func write(_ path: String, _ body: (@escaping (Data) throws -> Void) async throws -> Void) async throws {
        let draft = path + ".part"
        guard FileManager.default.createFile(atPath: draft, contents: nil),
            let handle = FileHandle(forWritingAtPath: draft)
        else {
            throw CommandFailure(
                "\(draft) cannot be written: \(String(cString: strerror(errno))). Name another place with --output.",
                .cannotWrite)
        }
        do {
            defer { try? handle.close() }
            try await body { piece in
                do {
                    try handle.write(contentsOf: piece)
                } catch {
                    throw CommandFailure("\(draft) cannot be written: \(error.reason).", .cannotWrite)
                }
            }
            guard rename(draft, path) == 0 else {
                throw CommandFailure("\(path) cannot be written: \(String(cString: strerror(errno))).", .cannotWrite)
            }
        } catch {
            unlink(draft)
            throw error
        }
    }
}
