import Foundation

/// What a fetched file is called: the server's word for it, else the last part of the path.
///
/// A label and nothing else: it has no folders, no control characters, and at most 200 bytes.
struct FileName: Equatable {
    let text: String

    private static let maximumLength: Int = 200

    /// - Parameter disposition: the header `Content-Disposition`.
    init(disposition: String?, url: URL) {
        let candidates = [disposition.flatMap(Self.extended), disposition.flatMap(Self.plain), url.lastPathComponent]
        text = candidates.lazy.compactMap { $0 }.map(Self.cleaned).first { !$0.isEmpty } ?? "recording"
    }

    /// `filename*=UTF-8''na%C3%AFve.mp3` of RFC 6266.
    private static func extended(_ header: String) -> String? {
        header.firstMatch(of: /filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/.ignoresCase()).flatMap {
            String($0.1).removingPercentEncoding
        }
    }

    /// `filename="talk.mp3"`
    private static func plain(_ header: String) -> String? {
        header.firstMatch(of: /filename\s*=\s*(?:"([^"]+)"|([^";\s]+))/.ignoresCase()).flatMap { match in
            (match.1 ?? match.2).map(String.init)
        }
    }

    private static func cleaned(_ name: String) -> String {
        let last = name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last ?? ""
        var clean = ""
        for scalar in last.unicodeScalars where !isInvisible(scalar) {
            guard clean.utf8.count + UTF8.width(scalar) <= maximumLength else { break }
            clean.unicodeScalars.append(scalar)
        }
        let trimmed = clean.trimmingCharacters(in: .whitespaces)
        return trimmed == "." || trimmed == ".." ? "" : trimmed
    }

    /// Controls, and the marks that let a name read as another one.
    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        [.control, .format, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
    }
}
