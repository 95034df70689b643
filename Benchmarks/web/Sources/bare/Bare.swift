import Hummingbird

/// Hummingbird's hello-world server: what a request costs before anybody asks who sends it.
///
///     bare PORT
@main
enum Bare {
    static func main() async throws {
        guard let port = CommandLine.arguments.dropFirst().first.flatMap({ Int($0) }) else {
            print("usage: bare PORT")
            return
        }
        let router = Router()
        router.get("hello") { _, _ in "Hello" }
        let server = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: port), backlog: 1_024))
        try await server.runService()
    }
}
