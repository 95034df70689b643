/// Why a recording, a drawing or a video cannot be made, in words for the person who sent it.
///
/// These failures are permanent: the same input fails again on the same machine. What it lost on the way arrives as
/// `ProcessFailure` instead, and may be tried again.
package struct MediaError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, for callers that decide by it.
    package let code: Code
    /// One sentence: what is wrong and what to do.
    package let message: String

    package var description: String { message }

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Kinds of failure.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String {
            case empty
            case notMedia = "not-media"
            case noAudio = "no-audio"
            case tooLong = "too-long"
            case tooLarge = "too-large"
            case incomplete
            case tooManyNodes = "too-many-nodes"
            case invalidScene = "invalid-scene"
            case fontMissing = "font-missing"
        }

        private let kind: Kind

        /// The code as it stands in a job's failure, for example `not-media`.
        package var description: String { kind.rawValue }

        /// The file has no bytes.
        package static let empty = Code(kind: .empty)
        /// The content is no recording in a format that is read here.
        package static let notMedia = Code(kind: .notMedia)
        /// There is no sound in it.
        package static let noAudio = Code(kind: .noAudio)
        /// It plays longer than allowed.
        package static let tooLong = Code(kind: .tooLong)
        /// It has more bytes than allowed.
        package static let tooLarge = Code(kind: .tooLarge)
        /// It holds less than its header promises: cut off, damaged or forged.
        package static let incomplete = Code(kind: .incomplete)
        /// A scene has more nodes than one picture can show.
        package static let tooManyNodes = Code(kind: .tooManyNodes)
        /// A scene contradicts itself, for example an edge to a node that is not there.
        package static let invalidScene = Code(kind: .invalidScene)
        /// The font of the drawings is not installed.
        package static let fontMissing = Code(kind: .fontMissing)
    }
}
