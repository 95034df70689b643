/// Turns a transcript into the scenes of a video.
package protocol SceneAnalyser: Sendable {
    /// Name and version, part of the step key: a change of rules gives new scenes.
    var identity: String { get }

    /// Cuts the transcript into scenes and finds the diagram that tells each best.
    ///
    /// An empty transcript gives a storyboard without scenes. Every label quotes the transcript.
    func analyse(_ transcript: Transcript) async throws -> Storyboard
}
