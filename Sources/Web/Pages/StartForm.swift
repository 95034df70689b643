package import Foundation

/// What the first page offers: which kind of job a dropped file becomes, and a recording to try it with.
package struct StartForm: Sendable {
    /// The name of a kind that takes files.
    package let kind: String
    /// What the file chooser shows: `audio/*,video/*`.
    package let accepts: String
    /// The languages that the form offers, as codes: `["en", "ja"]`; the first choice is always to let the program find out.
    package let languages: [String]
    /// A recording for people who have none at hand.
    package let sample: Sample?

    package init(kind: String, accepts: String, languages: [String], sample: Sample?) {
        self.kind = kind
        self.accepts = accepts
        self.languages = languages
        self.sample = sample
    }

    /// A file that comes with the program.
    package struct Sample: Sendable {
        package let file: URL
        package let contentType: String

        package init(file: URL, contentType: String) {
            self.file = file
            self.contentType = contentType
        }
    }
}
