import Foundation

/// Where the speech models are looked for.
enum SpeechHome {
    /// The folder of an installed program, else the one that scripts/setup-speech makes in the project.
    static func standard() -> String {
        (Bundled.file("speech") ?? Bundled.file(name))?.path ?? name
    }

    private static let name = ".build-speech"
}
