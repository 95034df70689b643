/// What one analysis took from its language model.
package struct LanguageModelReport: Hashable, Sendable {
    /// The model's name.
    package var model: String
    package var requests: Int = 0
    package var inputTokens: Int = 0
    package var outputTokens: Int = 0
    /// Why passages were drawn by the rules, a sentence each; empty when none was.
    package var reasons: [String] = []

    init(model: String) {
        self.model = model
    }
}

/// Why a passage got no answer.
struct LanguageModelError: Error, Sendable {
    /// For a person, without secrets.
    let message: String
    /// Whether the next passage would fail as well.
    let isLasting: Bool

    init(_ message: String, isLasting: Bool) {
        self.message = message
        self.isLasting = isLasting
    }
}
