/// Maps with at most `limit` bodies at work; results keep the order of the inputs. The first error cancels the rest.
func parallelMap<Input: Sendable, Output: Sendable>(
    _ inputs: [Input], limit: Int, _ body: @escaping @Sendable (Input) async throws -> Output
) async throws -> [Output] {
    try await withThrowingTaskGroup(of: (Int, Output).self) { group in
        var outputs: [Output?] = Array(repeating: nil, count: inputs.count)
        var next = 0
        func start() {
            let index = next
            next += 1
            group.addTask { (index, try await body(inputs[index])) }
        }
        while next < min(max(limit, 1), inputs.count) { start() }
        while let (index, output) = try await group.next() {
            outputs[index] = output
            if next < inputs.count { start() }
        }
        return outputs.compactMap { $0 }
    }
}
