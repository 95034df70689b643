import Engine

/// The recording as it came.
struct AcquiredRecording: StepResult {
    let recording: StoredFile
    /// What its owner calls it.
    let name: String
    var files: [StoredFile] { [recording] }
}

/// What the recording is.
struct ProbedRecording: StepResult {
    let info: MediaInfo
    let document: StoredFile
    var files: [StoredFile] { [document] }
}

/// The recording in the two forms that later stages read.
struct NormalizedRecording: StepResult {
    let speech: StoredFile
    let narration: StoredFile
    var files: [StoredFile] { [speech, narration] }
}

/// What was said, in each format.
struct TranscribedRecording: StepResult {
    let transcript: StoredFile
    let vtt: StoredFile
    let srt: StoredFile
    let text: StoredFile
    var files: [StoredFile] { [transcript, vtt, srt, text] }
}

/// The scenes.
struct AnalysedTranscript: StepResult {
    let storyboard: StoredFile
    var files: [StoredFile] { [storyboard] }
}

/// The pictures of one scene.
struct DrawnFiles: StepResult {
    let dot: StoredFile
    let mermaid: StoredFile
    let svg: StoredFile
    let png: StoredFile
    let layout: StoredFile
    var files: [StoredFile] { [dot, mermaid, svg, png, layout] }
}

/// The moving picture of one scene.
struct RenderedScene: StepResult {
    let segment: StoredFile
    var files: [StoredFile] { [segment] }
}

/// The video.
struct MuxedVideo: StepResult {
    let video: StoredFile
    let chapters: StoredFile
    let thumbnail: StoredFile
    var files: [StoredFile] { [video, chapters, thumbnail] }
}
