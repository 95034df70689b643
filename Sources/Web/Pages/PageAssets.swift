import Crypto
import Endpoints
import Foundation

/// Style, scripts and pictures of the pages, compiled into the program.
struct PageAssets: Sendable {
    private struct Asset: Sendable {
        let content: Data
        let type: String
        let tag: String

        init(_ bytes: [UInt8], _ type: String) {
            content = Data(bytes)
            self.type = type
            tag = "\"" + SHA256.hash(data: content).prefix(12).map { String(format: "%02x", $0) }.joined() + "\""
        }
    }

    private let assets: [String: Asset]

    init() {
        let script = "text/javascript; charset=utf-8"
        assets = [
            "style.css": Asset(PackageResources.style_css, "text/css; charset=utf-8"),
            "icon.svg": Asset(PackageResources.icon_svg, "image/svg+xml"),
            "home.js": Asset(PackageResources.home_js, script),
            "job.js": Asset(PackageResources.job_js, script),
            "player.js": Asset(PackageResources.player_js, script),
            "live.js": Asset(PackageResources.live_js, script),
            "format.js": Asset(PackageResources.format_js, script),
            "sign-in.js": Asset(PackageResources.sign_in_js, script),
        ]
    }

    /// Answers with one file, or that the reader's copy is still good.
    var endpoint: Endpoint {
        Endpoint(
            .get, "/assets/{name}", id: "getAsset", summary: "Reads a file of the pages", access: .open,
            rateClass: .unlimited,
            answers: [.init(200, "The file.")]
        ) { request in
            guard let asset = assets[request.path["name"] ?? ""] else {
                throw Problem(.notFound, "The pages have no such file.")
            }
            let headers = ["ETag": asset.tag, "Cache-Control": "public, no-cache"]
            if request.headers["if-none-match"]?.contains(asset.tag) ?? false {
                return EndpointResponse(status: 304, headers: headers)
            }
            return EndpointResponse(
                status: 200, headers: headers, body: .data(asset.content, contentType: asset.type))
        }
    }
}
