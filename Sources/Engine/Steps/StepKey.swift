import Crypto
import Foundation

/// What a step's result depends on, as SHA-256: two runs with the same key have the same result, so the second takes the first's.
package struct StepKey: Hashable, Sendable {
    /// 64 hexadecimal digits.
    package let hex: String

    /// The key of a step.
    ///
    /// - Parameters:
    ///   - stage: the name of the stage.
    ///   - version: grows when the code of the stage changes its result.
    ///   - inputs: hashes of what goes in, in a fixed order.
    ///   - parameters: every other choice, including engine and model, encoded with sorted keys.
    package init(stage: String, version: Int, inputs: [String], parameters: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var hash = SHA256()
        // Each part is preceded by its length, so that no two lists of parts look alike.
        for part in [Data(stage.utf8), Data(String(version).utf8)] + inputs.map({ Data($0.utf8) })
            + [try encoder.encode(parameters)]
        {
            hash.update(data: Data("\(part.count):".utf8))
            hash.update(data: part)
        }
        hex = hash.finalize().map { String(format: "%02x", $0) }.joined()
    }
}
