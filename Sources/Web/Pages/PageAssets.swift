import Crypto
import Endpoints
import Foundation

/// Style, scripts and pictures of the pages, compiled into the program.
///
/// Each is served under a name that holds a hash of its content, `style.4f1c….css`, so browsers keep it for ever and never
/// have an old one: another content is another name. Scripts name each other by these names too.
struct PageAssets: Sendable {
    /// A file as it is sent.
    struct Asset: Sendable {
        let content: Data
        /// nil where compressing does not help.
        let packed: Data?
        let contentType: String
        /// The end of its path.
        let address: String

        fileprivate init(_ name: String, _ content: Data) {
            let hash = SHA256.hash(data: content).prefix(8).map { String(format: "%02x", $0) }.joined()
            let parts = name.split(separator: ".", maxSplits: 1)
            self.content = content
            packed = Gzip.compressed(content, effort: .best)
            contentType = PageAssets.contentTypes[String(parts[1])] ?? "application/octet-stream"
            address = "\(parts[0]).\(hash).\(parts[1])"
        }
    }

    private let byAddress: [String: Asset]
    /// The paths for templates, by names that they can write: `style_css`.
    let paths: [String: String]

    private static let contentTypes = [
        "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml",
    ]
    private static let folder = "/assets/"

    /// The files by their names, as they lie in `Pages/Files`.
    static let sources: [String: [UInt8]] = [
        "style.css": PackageResources.style_css, "icon.svg": PackageResources.icon_svg,
        "api.js": PackageResources.api_js,
        "app.js": PackageResources.app_js,
        "command-menu.js": PackageResources.command_menu_js, "elements.js": PackageResources.elements_js,
        "format.js": PackageResources.format_js,
        "forms.js": PackageResources.forms_js, "job.js": PackageResources.job_js,
        "job-progress.js": PackageResources.job_progress_js, "jobs.js": PackageResources.jobs_js,
        "live.js": PackageResources.live_js, "live-client.js": PackageResources.live_client_js,
        "live-list.js": PackageResources.live_list_js,
        "log-view.js": PackageResources.log_view_js, "operations.js": PackageResources.operations_js,
        "operations-tables.js": PackageResources.operations_tables_js,
        "player.js": PackageResources.player_js,
        "sign-in.js": PackageResources.sign_in_js, "spark-chart.js": PackageResources.spark_chart_js,
        "start.js": PackageResources.start_js,
    ]

    /// - Throws: ``CircularImport`` for scripts that import each other: a mistake in this program.
    init(_ sources: [String: [UInt8]] = Self.sources) throws {
        var done: [String: Asset] = [:]
        // A script comes after those that it imports, because their names stand in it.
        while done.count < sources.count {
            let ready = sources.filter { name, bytes in
                done[name] == nil && Self.imports(of: bytes, among: sources).allSatisfy { done[$0] != nil }
            }
            guard !ready.isEmpty else {
                throw CircularImport(scripts: sources.keys.filter { done[$0] == nil }.sorted())
            }
            for (name, bytes) in ready { done[name] = Asset(name, Self.linked(bytes, to: done)) }
        }
        byAddress = Dictionary(uniqueKeysWithValues: done.values.map { ($0.address, $0) })
        paths = Dictionary(
            uniqueKeysWithValues: done.map { name, asset in
                (name.replacing(/[^a-z]/, with: "_"), Self.folder + asset.address)
            })
    }

    private static func imports(of bytes: [UInt8], among sources: [String: [UInt8]]) -> [String] {
        String(decoding: bytes, as: UTF8.self).matches(of: /"\.\/([a-z-]+\.js)"/).map { String($0.1) }
            .filter { sources[$0] != nil }
    }

    private static func linked(_ bytes: [UInt8], to done: [String: Asset]) -> Data {
        let text = String(decoding: bytes, as: UTF8.self).replacing(/"\.\/([a-z-]+\.js)"/) { match in
            "\"./\(done[String(match.1)]?.address ?? String(match.1))\""
        }
        return Data(text.utf8)
    }

    /// Answers with one file.
    var endpoint: Endpoint {
        Endpoint(
            .get, Self.folder + "{name}", id: "getAsset", summary: "Reads a file of the pages", access: .open,
            rateClass: .unlimited,
            answers: [.init(200, "The file.")]
        ) { request in
            guard let asset = byAddress[request.path["name"] ?? ""] else {
                throw Problem(.notFound, "The pages have no such file.")
            }
            var headers = ["Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"]
            var content = asset.content
            if let packed = asset.packed, Gzip.isAccepted(by: request.headers["accept-encoding"]) {
                headers["Content-Encoding"] = "gzip"
                content = packed
            }
            return EndpointResponse(
                status: 200, headers: headers, body: .data(content, contentType: asset.contentType))
        }
    }

    /// Scripts that wait for each other's names.
    struct CircularImport: Error, CustomStringConvertible {
        let scripts: [String]
        var description: String { "The scripts \(scripts.joined(separator: ", ")) import each other." }
    }
}
