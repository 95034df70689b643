import Foundation
import Testing

@testable import suisha

@Suite("docs/security.md")
struct SecurityDocumentTests {
    @Test("each test and each source file that it names is there")
    func names() throws {
        let page = try String(contentsOf: Project.file("docs/security.md"), encoding: .utf8)
        let tests = page.matches(of: /`([A-Za-z]+Tests\/[A-Za-z\/]+)`/).map { "Tests/\($0.1).swift" }
        let sources = page.matches(of: /`(Sources\/[A-Za-z\/.+]+)`/).map { String($0.1) }
        #expect(tests.count > 40 && sources.count > 5)
        for path in tests + sources {
            #expect(FileManager.default.fileExists(atPath: Project.file(path).path), "\(path) is not there")
        }
    }
}
