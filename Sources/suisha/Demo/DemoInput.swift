import Foundation

/// What the demo turns into a video.
struct DemoInput {
    /// A path or a URL.
    let location: String
    let isSample: Bool

    /// The given input, or the sample that ships with Suisha.
    ///
    /// - Throws: ``CommandFailure`` when there is no such file, or it is empty.
    init(_ given: String?) throws {
        if let given {
            isSample = false
            location = given
            if given.hasPrefix("http://") || given.hasPrefix("https://") { return }
            let attributes = try? FileManager.default.attributesOfItem(atPath: given)
            guard let attributes else { throw CommandFailure("There is no file \(given).", .noInput) }
            if attributes[.type] as? FileAttributeType == .typeDirectory {
                throw CommandFailure("\(given) is a folder; name a recording.", .noInput)
            }
            if (attributes[.size] as? NSNumber)?.int64Value == 0 {
                throw CommandFailure("The file \(given) is empty; name a recording.", .noInput)
            }
            return
        }
        guard let sample = Bundled.file("samples/jfk.flac") else {
            throw CommandFailure(
                "The sample recording is not here. Name a file of your own: suisha demo talk.mp3", .noInput)
        }
        isSample = true
        location = sample.path
    }
}
