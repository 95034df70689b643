/// Why a recording, a drawing or a video cannot be made, in words for the person who sent it.
///
/// These failures are permanent: the same input fails again. What a machine lacks or lost on the way arrives as
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
    package struct Code: Hashable, Sendable {
        private enum Kind {
            case empty, notMedia, noAudio, tooLong, tooLarge, incomplete, tooManyNodes, invalidScene, fontMissing
        }

        private let kind: Kind

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
