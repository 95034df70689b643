package import Foundation

/// A certificate that signs itself, for `localhost`, with its key: what a server of a test shows, and what its clients are told
/// to trust.
package struct TestCertificate: Sendable {
    /// The file of the certificate, in PEM.
    package let certificate: String
    /// The file of its key, in PEM.
    package let key: String

    /// Makes one in a folder, with openssl.
    package init(in folder: URL) async throws {
        (certificate, key) = (folder.appending(path: "cert.pem").path, folder.appending(path: "key.pem").path)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = [
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj",
            "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        try await eventually("openssl ends") { !process.isRunning }
        guard process.terminationStatus == 0 else { throw NeverHappened("openssl makes a certificate") }
    }
}
