import Engine
import Testing

@Suite("A2: the key of a step")
struct StepKeyTests {
    private func key(
        _ stage: String = "render", _ version: Int = 1, _ inputs: [String] = ["a", "b"],
        _ parameters: [String: Int] = ["x": 1]
    ) throws -> StepKey {
        try StepKey(stage: stage, version: version, inputs: inputs, parameters: parameters)
    }

    @Test("the same work has the same key, whatever the order of its parameters")
    func stable() throws {
        let many = Dictionary(uniqueKeysWithValues: (0..<50).map { ("key\($0)", $0) })
        let reversed = Dictionary(uniqueKeysWithValues: (0..<50).reversed().map { ("key\($0)", $0) })
        #expect(try key("render", 1, ["a"], many) == key("render", 1, ["a"], reversed))
        #expect(try key().hex.wholeMatch(of: /[0-9a-f]{64}/) != nil)
    }

    @Test("whatever the result depends on changes the key")
    func distinct() throws {
        let keys = try [
            key(), key("draw"), key("render", 2), key("render", 1, ["b", "a"]), key("render", 1, ["ab"]),
            key("render", 1, ["a", "b", ""]), key("render", 1, ["a", "b"], ["x": 2]),
        ]
        #expect(Set(keys).count == keys.count)
    }

    @Test("parts do not run into each other")
    func partsAreSeparate() throws {
        #expect(try key("render", 1, ["1:a"]) != key("render", 1, ["1", "a"]))
        #expect(try key("render1", 1) != key("render", 11))
    }
}
