import ArgumentParser
import Foundation

/// `suisha artifacts`: the files that jobs made.
struct ArtifactsCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "artifacts", abstract: "Lists and fetches the files that a job made.",
        subcommands: [ArtifactsListCommand.self, ArtifactsGetCommand.self])
}

/// `suisha artifacts list`.
struct ArtifactsListCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "list", abstract: "Lists the files of a job.")

    @Argument(help: "The job's id.") var job: String
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let answer = try await server.job(job)
            if client.json { return try Output.line(answer.data) }
            print(JobText.table(answer.document.artifacts ?? []), terminator: "")
        }
    }
}

/// `suisha artifacts get`.
struct ArtifactsGetCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "get", abstract: "Fetches files of a job: those that are named, or all.",
        discussion: """
            Files are checked against the server's SHA-256 and appear only when they are whole.

            EXAMPLES
              suisha artifacts get JOB video.mp4
              suisha artifacts get JOB transcript.json --output -
              suisha artifacts get JOB --output folder
            """)

    @Argument(help: "The job's id.") var job: String
    @Argument(help: "Names of files; all when left out.") var names: [String] = []
    @Option(
        name: .shortAndLong,
        help: "A folder, a file name for a single file, or - for standard output. (default: the working folder)")
    var output: String?
    @OptionGroup(title: "Server") var client: ClientOptions

    func run() async throws {
        try await client.withClient { server in
            let all = try await server.job(job).document.artifacts ?? []
            let wanted = try chosen(from: all)
            let download = ArtifactDownload(client: server, job: job)
            if output == "-" {
                guard wanted.count == 1, let artifact = wanted.first else {
                    throw CommandFailure("Name one file to write it to standard output.", .usage)
                }
                return try await download.copy(artifact) { try Terminal.output($0) }
            }
            let place = try ArtifactPlace(output: output, count: wanted.count)
            var written: [String] = []
            for artifact in wanted {
                let path = try place.path(for: artifact.name)
                try await download.save(artifact, as: path)
                written.append(path)
                if !client.json { print(path) }
            }
            if client.json { try Output.json(["files": written]) }
        }
    }

    private func chosen(from all: [ArtifactDocument]) throws -> [ArtifactDocument] {
        guard !names.isEmpty else {
            if all.isEmpty {
                throw CommandFailure("The job has no files yet; 'suisha jobs show \(job)' says where it stands.")
            }
            return all
        }
        return try names.map { name in
            if let artifact = all.first(where: { $0.name == name }) { return artifact }
            let hint = NearestName.of(name, among: all.map(\.name)).map { "Did you mean '\($0)'?" }
            let list = all.isEmpty ? "It has none yet." : "It has \(all.map(\.name).joined(separator: ", "))."
            throw CommandFailure("The job has no file '\(name)'. \(hint ?? list)")
        }
    }
}

/// Where fetched files go.
struct ArtifactPlace {
    private let folder: String
    private let file: String?

    /// Makes the folder when it is missing.
    ///
    /// - Parameters:
    ///   - output: a folder, or a file name when there is one file; nil is the working folder.
    init(output: String?, count: Int) throws {
        guard let output else {
            folder = "."
            file = nil
            return
        }
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: output, isDirectory: &isFolder)
        if count == 1, !output.hasSuffix("/"), !(exists && isFolder.boolValue) {
            folder = ""
            file = output
            return
        }
        guard !exists || isFolder.boolValue else {
            throw CommandFailure("\(output) is a file; name a folder for several files.", .cannotWrite)
        }
        do {
            try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        } catch {
            throw CommandFailure("The folder \(output) cannot be made: \(error.reason).", .cannotWrite)
        }
        folder = output
        file = nil
    }

    /// The path for a file. Its name comes from the server, so it must be nothing but a name.
    func path(for name: String) throws -> String {
        if let file { return file }
        guard !name.isEmpty, !name.hasPrefix("."), !name.contains("/"), !name.contains("\0") else {
            throw CommandFailure(
                "The server names a file '\(name)', which is no name for a file here. Fetch it with --output.")
        }
        return folder == "." ? name : (folder.hasSuffix("/") ? folder : folder + "/") + name
    }
}
