/// Who finds the diagrams in what was said.
enum AnalyserChoice: String, CaseIterable, Sendable {
    case rules, openai, anthropic
}
