import Foundation

/// The body of a form with a file.
struct MultipartForm {
    private let boundary = "form-\(UUID().uuidString)"
    private var parts = Data()

    var contentType: String { "multipart/form-data; boundary=\(boundary)" }
    var body: Data { parts + Data("--\(boundary)--\r\n".utf8) }

    mutating func add(_ name: String, _ value: String) {
        add("name=\"\(name)\"\r\n", Data(value.utf8))
    }

    mutating func add(_ name: String, file: String, type: String, content: Data) {
        add("name=\"\(name)\"; filename=\"\(file)\"\r\nContent-Type: \(type)\r\n", content)
    }

    private mutating func add(_ header: String, _ content: Data) {
        parts += Data("--\(boundary)\r\nContent-Disposition: form-data; \(header)\r\n".utf8)
        parts += content
        parts += Data("\r\n".utf8)
    }
}
