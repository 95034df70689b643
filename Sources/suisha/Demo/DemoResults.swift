import Foundation

/// The files that the demo leaves to people: what they watch, read and draw with, not what machines need.
enum DemoResults {
    /// Whether a file of the job is one of them.
    static func includes(_ name: String) -> Bool {
        if ["video.mp4", "scenes.json", "transcript.json", "transcript.vtt", "transcript.srt"].contains(name) {
            return true
        }
        return name.hasPrefix("scene-") && (name.hasSuffix(".svg") || name.hasSuffix(".png"))
    }

    /// Fetches them into a folder.
    static func fetch(_ job: JobDocument, with client: ServerClient, into folder: String) async throws {
        let place = try ArtifactPlace(output: folder + "/", count: 2)
        let download = ArtifactDownload(client: client, job: job.id)
        for artifact in job.artifacts ?? [] where includes(artifact.name) {
            try await download.save(artifact, as: place.path(for: artifact.name))
        }
    }

    /// Lines that say where they are.
    static func lines(_ job: JobDocument, in folder: String) -> [String] {
        let names = (job.artifacts ?? []).map(\.name).filter(includes)
        func row(_ title: String, _ wanted: [String]) -> String? {
            let found = wanted.filter(names.contains)
            return found.isEmpty
                ? nil
                : "  \(TextWidth.padded(title, to: 12)) \(found.map { "\(folder)/\($0)" }.joined(separator: "  "))"
        }
        let pictures = names.filter { $0.hasPrefix("scene-") && $0.hasSuffix(".svg") }.sorted {
            $0.compare($1, options: .numeric) == .orderedAscending
        }
        return [
            row("video", ["video.mp4"]), row("transcript", ["transcript.json", "transcript.vtt", "transcript.srt"]),
            row("scenes", ["scenes.json"]), row("diagrams", pictures),
        ].compactMap { $0 }
    }
}
