import Foundation

/// The header of one part of a form.
struct MultipartHeader: Hashable, Sendable {
    /// The name of the form field.
    let name: String
    /// What the sender calls the file; nil for a text field, empty where a browser's form holds no file. Never a path, never
    /// control characters.
    let fileName: String?
    /// The declared type, `application/octet-stream` when there is none.
    let contentType: String

    init(name: String, fileName: String?, contentType: String) {
        self.name = name
        self.fileName = fileName
        self.contentType = contentType
    }

    /// Reads the lines between a delimiter and the content.
    init(lines: String) throws {
        var fields: [String: String] = [:]
        for line in lines.split(separator: "\r\n", omittingEmptySubsequences: true) {
            let sides = line.split(separator: ":", maxSplits: 1)
            guard sides.count == 2, !sides[0].contains(" ") else {
                throw MultipartParser.Malformed(description: "A part has a header line that is no header.")
            }
            fields[sides[0].lowercased()] = sides[1].trimmingCharacters(in: .whitespaces)
        }
        let disposition = HeaderValue(fields["content-disposition"] ?? "")
        guard disposition.value.lowercased() == "form-data", let name = disposition.parameters["name"],
            (1...200).contains(name.utf8.count)
        else {
            throw MultipartParser.Malformed(
                description: "A part has no header 'Content-Disposition: form-data; name=\"…\"'.")
        }
        self.name = name
        fileName = disposition.parameters["filename"].map { $0.isEmpty ? "" : Self.safe(fileName: $0) }
        let type = HeaderValue(fields["content-type"] ?? "").value.lowercased()
        let isType = type.wholeMatch(of: /[a-z0-9!#$&^_.+-]{1,100}\/[a-z0-9!#$&^_.+-]{1,100}/) != nil
        contentType = isType ? type : "application/octet-stream"
    }

    /// The last part of what may be a path, without control characters, at most 255 bytes.
    static func safe(fileName: String) -> String {
        let last = fileName.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last ?? ""
        var name = String(
            String.UnicodeScalarView(last.unicodeScalars.filter { !CharacterSet.controlCharacters.contains($0) }))
        while name.utf8.count > 255 { name.removeLast() }
        return name.isEmpty || name == "." || name == ".." ? "file" : name
    }
}
