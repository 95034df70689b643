import ChildProcesses
import Engine
import Foundation
import Model
import Storage

/// One run of the stages for one job.
///
/// Every stage is a durable step: its outputs are stored under a key made of everything that they depend on, so that a retry
/// starts at the first missing one, and a job that differs from an earlier one only in its scenes renders only those.
struct Pipeline: Sendable {
    let tools: SpeechVideoTools
    let context: JobContext
    let input: PipelineInput

    private let scratch: URL
    private var media: MediaTools { MediaTools(scratch: scratch, ledger: scratch) }

    /// A pipeline whose context measures the given stages.
    init(_ stages: [Stage], _ tools: SpeechVideoTools, _ context: JobContext) async throws {
        self.tools = tools
        scratch = try context.scratch
        let engine = "\(tools.recogniser.engine)/\(tools.recogniser.model.prefix(80))"
        self.context = try await context.measuring(Stage.measured(stages, engine: engine, host: tools.hostName))
        input = try context.job.input.decode()
    }

    // MARK: From a recording to words

    /// Fetches the recording where it was given by URL, and finds out what it is.
    func probe() async throws -> (recording: StoredFile, info: MediaInfo) {
        try await context.stage(Stage.probe.rawValue) {
            let recording = try await acquire()
            let key = try StepKey(
                stage: Stage.probe.rawValue, version: Stage.probe.version, inputs: [recording.sha256], parameters: "")
            let (result, reused) = try await context.step(Stage.probe.rawValue, key: key) {
                let file = try await context.fetch(recording, as: "recording")
                let info = try await MediaProbe(tools: media, limits: tools.limits).probe(file) { share in
                    context.advance(Stage.probe.rawValue, to: share)
                }
                return ProbedRecording(info: info, document: try await store(info, "media.json"))
            }
            setUnits(of: result.info)
            try await context.publish([("media.json", result.document)])
            return ((recording, result.info), reused)
        }
    }

    private func acquire() async throws -> StoredFile {
        if let upload = input.upload {
            return StoredFile(
                object: upload.object, sha256: upload.sha256, size: upload.size, contentType: "application/octet-stream"
            )
        }
        guard let url = input.url else {
            throw JobFailure(code: "no-source", message: "The job names no recording.", retryable: false)
        }
        // What a URL leads to may change, so the key belongs to this job: its retries do not fetch again.
        let key = try StepKey(stage: "fetch", version: 1, inputs: [context.job.id.description, url], parameters: "")
        return try await context.step("fetch", key: key) {
            let file = scratch.appendingPathComponent("recording")
            let name = try await tools.fetch(url, file)
            context.log(.info, "fetched the recording", ["name": name])
            return AcquiredRecording(
                recording: try await context.storeFile(file, contentType: "application/octet-stream"), name: name)
        }.value.recording
    }

    private func setUnits(of info: MediaInfo) {
        for stage in Stage.allCases where stage != .draw {
            context.setUnits(info.duration.seconds, ofStage: stage.rawValue)
        }
        context.setUnits((info.duration.seconds / 20).rounded(.up), ofStage: Stage.draw.rawValue)
    }

    func normalize(_ recording: StoredFile, _ info: MediaInfo) async throws -> NormalizedRecording {
        try await context.stage(Stage.normalize.rawValue) {
            let key = try StepKey(
                stage: Stage.normalize.rawValue, version: Stage.normalize.version, inputs: [recording.sha256],
                parameters: info.audioStream)
            return try await context.step(Stage.normalize.rawValue, key: key) {
                let file = try await context.fetch(recording, as: "recording")
                let speech = scratch.appendingPathComponent("speech.wav")
                let narration = scratch.appendingPathComponent("narration.m4a")
                try await Normalizer(tools: media).normalize(file, info: info, speech: speech, narration: narration) {
                    context.advance(Stage.normalize.rawValue, to: $0)
                }
                return NormalizedRecording(
                    speech: try await context.storeFile(speech, contentType: "audio/wav"),
                    narration: try await context.storeFile(narration, contentType: "audio/mp4"))
            }
        }
    }

    func transcribe(_ normalized: NormalizedRecording, _ info: MediaInfo) async throws -> Transcript {
        let result = try await context.stage(Stage.transcribe.rawValue) {
            let key = try StepKey(
                stage: Stage.transcribe.rawValue, version: Stage.transcribe.version,
                inputs: [normalized.speech.sha256, tools.recogniser.engine, tools.recogniser.model],
                parameters: input.transcription)
            return try await context.step(Stage.transcribe.rawValue, key: key) {
                let audio = try await context.fetch(normalized.speech, as: "speech.wav")
                let transcript = try await tools.recogniser.transcribe(
                    audio, duration: info.duration, options: input.transcription, scratch: scratch
                ) { context.advance(Stage.transcribe.rawValue, to: $0) }
                return try await store(transcript)
            }
        }
        return try await published(result)
    }

    private func store(_ transcript: Transcript) async throws -> TranscribedRecording {
        TranscribedRecording(
            transcript: try await store(transcript, "transcript.json"),
            vtt: try await store(CaptionWriter.webVTT(transcript), "transcript.vtt", "text/vtt"),
            srt: try await store(CaptionWriter.subRip(transcript), "transcript.srt", "application/x-subrip"),
            text: try await store(CaptionWriter.plainText(transcript), "transcript.txt", "text/plain; charset=utf-8"))
    }

    private func published(_ result: TranscribedRecording) async throws -> Transcript {
        try await context.publish([
            ("transcript.json", result.transcript), ("transcript.vtt", result.vtt), ("transcript.srt", result.srt),
            ("transcript.txt", result.text),
        ])
        let transcript: Transcript = try await read(result.transcript, "transcript.json")
        if transcript.words.isEmpty {
            context.log(.warning, "No speech was found in the recording; there is nothing to show.")
        }
        return transcript
    }

    // MARK: From words to pictures

    /// The words of a text, as if somebody read it at a normal pace.
    func readText(_ text: String) async throws -> Transcript {
        let transcript = TextTimeline().transcript(of: text, language: input.language ?? "")
        for stage in Stage.allCases where stage != .draw {
            context.setUnits(transcript.duration.seconds, ofStage: stage.rawValue)
        }
        return try await published(try await store(transcript))
    }

    func analyse(_ transcript: Transcript) async throws -> Storyboard {
        let result = try await context.stage(Stage.analyse.rawValue) {
            let given = input.scenes != nil
            let key = try StepKey(
                stage: Stage.analyse.rawValue, version: Stage.analyse.version,
                inputs: [given ? "given" : tools.analyser.identity],
                parameters: AnalyseParameters(transcript: given ? nil : transcript, scenes: input.scenes))
            return try await context.step(Stage.analyse.rawValue, key: key) {
                let storyboard: Storyboard
                if let scenes = input.scenes {
                    storyboard = scenes
                } else {
                    storyboard = try await tools.analyser.analyse(transcript)
                }
                return AnalysedTranscript(storyboard: try await store(storyboard, "scenes.json"))
            }
        }
        try await context.publish([("scenes.json", result.storyboard)])
        let storyboard: Storyboard = try await read(result.storyboard, "scenes.json")
        context.setUnits(Double(storyboard.scenes.count), ofStage: Stage.draw.rawValue)
        if storyboard.scenes.contains(where: { $0.degraded == true }) {
            context.log(.warning, "The language model could not be used; the scenes come from the rules.")
        }
        return storyboard
    }

    private struct AnalyseParameters: Encodable {
        let transcript: Transcript?
        let scenes: Storyboard?
    }

    func draw(_ storyboard: Storyboard) async throws -> [DrawnFiles] {
        let count = storyboard.scenes.count
        let finished = Tally(of: count)
        return try await context.stage(Stage.draw.rawValue) {
            let drawn = try await parallelMap(storyboard.scenes, limit: tools.parallelPrograms) { scene in
                let outcome = try await draw(scene, of: count)
                let number = finished.add(1)
                context.advance(Stage.draw.rawValue, to: number / Double(count), operation: "\(Int(number))/\(count)")
                return outcome
            }
            return (drawn.map(\.value), drawn.allSatisfy(\.reused))
        }
    }

    private func draw(_ scene: Scene, of count: Int) async throws -> (value: DrawnFiles, reused: Bool) {
        let key = try StepKey(
            stage: Stage.draw.rawValue, version: Stage.draw.version, inputs: ["\(count)"], parameters: scene)
        let outcome = try await context.step("draw-\(scene.id)", key: key) {
            let drawn = try await SceneDrawer(tools: media).draw(scene, of: count, into: scratch)
            return DrawnFiles(
                dot: try await context.storeFile(drawn.dot, contentType: "text/vnd.graphviz"),
                mermaid: try await context.storeFile(drawn.mermaid, contentType: "text/vnd.mermaid"),
                svg: try await context.storeFile(drawn.svg, contentType: "image/svg+xml"),
                png: try await context.storeFile(drawn.png, contentType: "image/png"),
                layout: try await context.storeFile(drawn.layout, contentType: "application/json"))
        }
        let name = "scene-\(scene.id)"
        try await context.publish([
            (name + ".dot", outcome.value.dot), (name + ".mmd", outcome.value.mermaid),
            (name + ".svg", outcome.value.svg), (name + ".png", outcome.value.png),
        ])
        return outcome
    }

    // MARK: From pictures to a video

    func render(_ storyboard: Storyboard, _ drawings: [DrawnFiles]) async throws -> [RenderedScene] {
        let total = storyboard.duration.seconds
        let finished = Tally(of: storyboard.scenes.count)
        let count = storyboard.scenes.count
        return try await context.stage(Stage.render.rawValue) {
            let pairs = Array(zip(storyboard.scenes, drawings))
            let rendered = try await parallelMap(pairs, limit: tools.parallelPrograms) { scene, drawing in
                let length = (scene.end - scene.start).seconds
                let outcome = try await render(scene, drawing) { share in
                    let seconds = finished.set(share * length, for: scene.id)
                    context.advance(Stage.render.rawValue, to: seconds / total, operation: "\(scene.id)/\(count)")
                }
                let seconds = finished.set(length, for: scene.id)
                context.advance(Stage.render.rawValue, to: seconds / total)
                return outcome
            }
            return (rendered.map(\.value), rendered.allSatisfy(\.reused))
        }
    }

    private func render(
        _ scene: Scene, _ drawing: DrawnFiles, progress: @escaping @Sendable (Double) -> Void
    ) async throws -> (value: RenderedScene, reused: Bool) {
        let key = try StepKey(
            stage: Stage.render.rawValue, version: SegmentRenderer.version,
            inputs: [drawing.svg.sha256, drawing.layout.sha256], parameters: scene)
        return try await context.step("render-\(scene.id)", key: key) {
            let files = DrawnScene(scene: scene.id, folder: scratch)
            _ = try await context.fetch(drawing.svg, as: files.svg.lastPathComponent)
            _ = try await context.fetch(drawing.layout, as: files.layout.lastPathComponent)
            let segment = scratch.appendingPathComponent("segment-\(scene.id).mp4")
            try await SegmentRenderer(tools: media).render(scene, drawing: files, to: segment, progress: progress)
            return RenderedScene(segment: try await context.storeFile(segment, contentType: "video/mp4"))
        }
    }

    func mux(
        _ storyboard: Storyboard, _ drawings: [DrawnFiles], _ segments: [RenderedScene], narration: StoredFile?,
        transcript: Transcript
    ) async throws {
        let result = try await context.stage(Stage.mux.rawValue) {
            let captions = CaptionWriter.subRip(transcript)
            let key = try StepKey(
                stage: Stage.mux.rawValue, version: Stage.mux.version,
                inputs: [narration?.sha256 ?? "", captions] + segments.map(\.segment.sha256), parameters: storyboard)
            return try await context.step(Stage.mux.rawValue, key: key) {
                var files: [URL] = []
                for (scene, rendered) in zip(storyboard.scenes, segments) {
                    files.append(try await context.fetch(rendered.segment, as: "segment-\(scene.id).mp4"))
                }
                var audio: URL?
                if let narration { audio = try await context.fetch(narration, as: "narration.m4a") }
                let subtitles = scratch.appendingPathComponent("subtitles.srt")
                try Data(captions.utf8).write(to: subtitles)
                return try await mux(files, audio, transcript.words.isEmpty ? nil : subtitles, storyboard, drawings[0])
            }
        }
        try await context.publish([
            ("video.mp4", result.video), ("chapters.vtt", result.chapters), ("thumbnail.png", result.thumbnail),
        ])
    }

    private func mux(
        _ segments: [URL], _ narration: URL?, _ subtitles: URL?, _ storyboard: Storyboard, _ first: DrawnFiles
    ) async throws -> MuxedVideo {
        let picture = DrawnScene(scene: storyboard.scenes[0].id, folder: scratch)
        _ = try await context.fetch(first.png, as: picture.png.lastPathComponent)
        let video = scratch.appendingPathComponent("video.mp4")
        let chapters = scratch.appendingPathComponent("chapters.vtt")
        let thumbnail = scratch.appendingPathComponent("thumbnail.png")
        try await Muxer(tools: media).mux(
            Muxer.Input(segments: segments, narration: narration, subtitles: subtitles, storyboard: storyboard),
            picture: picture, video: video, chapters: chapters, thumbnail: thumbnail
        ) { context.advance(Stage.mux.rawValue, to: $0) }
        return MuxedVideo(
            video: try await context.storeFile(video, contentType: "video/mp4"),
            chapters: try await context.storeFile(chapters, contentType: "text/vtt"),
            thumbnail: try await context.storeFile(thumbnail, contentType: "image/png"))
    }

    // MARK: Documents

    private func store(_ document: some Encodable, _ name: String) async throws -> StoredFile {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try await store(String(decoding: encoder.encode(document), as: UTF8.self), name, "application/json")
    }

    private func store(_ text: String, _ name: String, _ contentType: String) async throws -> StoredFile {
        let file = scratch.appendingPathComponent(name)
        try Data(text.utf8).write(to: file, options: .atomic)
        return try await context.storeFile(file, contentType: contentType)
    }

    private func read<Document: Decodable>(_ file: StoredFile, _ name: String) async throws -> Document {
        try JSONDecoder().decode(Document.self, from: Data(contentsOf: try await context.fetch(file, as: name)))
    }
}
