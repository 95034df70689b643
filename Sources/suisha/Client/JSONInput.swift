import Foundation
import Model

/// JSON that a person hands to a command: a file, `-` for standard input, or the document itself.
enum JSONInput {
    /// Reads the document.
    ///
    /// - Parameter text: a path, `-`, or a text that begins with `{`.
    /// - Throws: ``CommandFailure`` when it cannot be read or is no JSON.
    static func read(
        _ text: String, standardInput: () throws -> Data? = { try FileHandle.standardInput.readToEnd() }
    ) throws -> JSONText {
        let (data, name) = try content(text, standardInput)
        do {
            return try JSONDecoder().decode(JSONText.self, from: data)
        } catch {
            let hint = data.isEmpty ? "it is empty" : (error as? DecodingError)?.jsonProblem ?? "\(error)"
            throw CommandFailure("\(name) is no JSON document: \(hint).", .noInput)
        }
    }

    private static func content(_ text: String, _ standardInput: () throws -> Data?) throws -> (Data, name: String) {
        if text.hasPrefix("{") { return (Data(text.utf8), "The text of --input") }
        if text == "-" { return (try standardInput() ?? Data(), "Standard input") }
        do {
            return (try Data(contentsOf: URL(filePath: text)), "The file \(text)")
        } catch {
            throw CommandFailure("The file \(text) cannot be read: \(error.reason).", .noInput)
        }
    }
}

extension DecodingError {
    /// What the parser says, without Swift's words around it.
    fileprivate var jsonProblem: String? {
        guard case .dataCorrupted(let context) = self else { return nil }
        let reason = (context.underlyingError as NSError?)?.userInfo[NSDebugDescriptionErrorKey] as? String
        return reason ?? context.debugDescription
    }
}
