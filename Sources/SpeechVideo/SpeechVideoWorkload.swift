import ChildProcesses
import Endpoints
package import Engine
import Foundation
import Model

/// Speech to video: audio in; transcript, diagrams and a narrated video out.
package enum SpeechVideoWorkload {
    /// The kind of job that makes a video.
    package static let videoKind = SpeechVideoJobs.video

    /// The workload with everything it brings.
    ///
    /// - Parameter checks: what the chosen recogniser and analyser need beside the programs that every video needs.
    package static func workload(_ tools: SpeechVideoTools, checks: [HealthCheck] = []) -> Workload {
        Workload(
            name: "speech-video", kinds: SpeechVideoJobs.kinds(tools), endpoints: SpeechVideoEndpoints.all,
            schemas: ["Storyboard": Storyboard.schema], checks: programChecks + checks)
    }

    /// The programs and the font that drawing and rendering use.
    package static let programChecks: [HealthCheck] = [
        program("ffmpeg", ["-version"], package: "ffmpeg"),
        program("ffprobe", ["-version"], package: "ffmpeg"),
        program("dot", ["-V"], package: "graphviz"),
        program("rsvg-convert", ["--version"], package: "librsvg2-bin"),
        font,
    ]

    private static func program(_ name: String, _ arguments: [String], package: String) -> HealthCheck {
        HealthCheck(name) {
            do {
                let outcome = try await ChildProcess.run(
                    Command(executable: name, arguments: arguments, timeout: .seconds(20), debianPackage: package))
                // Graphviz tells its version on standard error.
                let text = outcome.text + outcome.standardErrorTail
                return String(text.prefix { !$0.isNewline }.prefix(80))
            } catch let failure as ProcessFailure {
                throw HealthCheck.Finding(
                    "\(name) does not run: \(failure.message).", remedy: "Install it: apt-get install \(package)")
            }
        }
    }

    private static var font: HealthCheck {
        HealthCheck("font") {
            let remedy = "Install it: apt-get install fonts-noto-cjk fontconfig"
            let found: String
            do {
                found = try await ChildProcess.run(
                    Command(
                        executable: "fc-match", arguments: ["--format", "%{family}", Typeface.family],
                        timeout: .seconds(30), debianPackage: "fontconfig")
                ).text
            } catch let failure as ProcessFailure {
                throw HealthCheck.Finding("Fonts cannot be listed: \(failure.message).", remedy: remedy)
            }
            guard found.contains(Typeface.family) else {
                throw HealthCheck.Finding(
                    "The font '\(Typeface.family)' is missing; '\(found)' came instead.", remedy: remedy)
            }
            return Typeface.family
        }
    }
}
