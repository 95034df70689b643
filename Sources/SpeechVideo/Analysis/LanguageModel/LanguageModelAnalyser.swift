package import Outbound

/// Asks a language model for the scenes, checks every answer against the transcript, and falls back on the rules.
///
/// A long transcript is asked for in passages, one after another. An answer that does not hold is sent back once with
/// what is wrong with it. A passage without a usable answer is drawn by the rules, with `degraded` set on its scenes;
/// analysis itself fails only when it is cancelled.
package struct LanguageModelAnalyser: SceneAnalyser {
    private let provider: LanguageModelProvider
    private let exchange: any HTTPExchange
    private let limits: Limits
    private let rules: RuleAnalyser
    private let pause: @Sendable (Duration) async throws -> Void
    private let report: @Sendable (LanguageModelReport) -> Void

    /// How long an analysis waits for its model.
    package struct Limits: Sendable {
        /// For one answer.
        package var answer: Duration
        /// For all answers together; what is left then is drawn by the rules.
        package var whole: Duration
        /// The longest wait that a provider may ask for before another try.
        package var pause: Duration

        package init(answer: Duration = .seconds(120), whole: Duration = .seconds(900), pause: Duration = .seconds(30))
        {
            self.answer = answer
            self.whole = whole
            self.pause = pause
        }
    }

    /// - Parameters:
    ///   - report: told once per analysis what was used and why scenes are degraded.
    ///   - pause: waits before another try.
    package init(
        provider: LanguageModelProvider, exchange: any HTTPExchange, limits: Limits = Limits(),
        rules: RuleAnalyser = RuleAnalyser(),
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        report: @escaping @Sendable (LanguageModelReport) -> Void = { _ in }
    ) {
        self.provider = provider
        self.exchange = exchange
        self.limits = limits
        self.rules = rules
        self.pause = pause
        self.report = report
    }

    package var identity: String { "model-1-\(provider.identity)-\(rules.identity)" }

    package func analyse(_ transcript: Transcript) async throws -> Storyboard {
        let text = TimedText(transcript)
        var storyboard = rules.storyboard(of: transcript)
        guard !storyboard.scenes.isEmpty else { return storyboard }
        let passages = Passage.passages(of: text)
        var result = LanguageModelReport(model: provider.model)
        var scenes: [Scene] = []
        var isUsable = true
        let started = ContinuousClock.now
        for passage in passages {
            let remaining = limits.whole - (ContinuousClock.now - started)
            if isUsable, remaining <= .zero {
                isUsable = false
                result.reasons.append("The time for asking \(provider.model) was up.")
            }
            var found: [Scene]?
            if isUsable {
                do throws(LanguageModelError) {
                    found = try await ask(about: passage, within: remaining, &result)
                } catch {
                    if Task.isCancelled { throw CancellationError() }
                    result.reasons.append(error.message)
                    isUsable = !error.isLasting
                }
            }
            scenes += found ?? degraded(passage, of: text, alone: passages.count == 1 ? storyboard.scenes : nil)
        }
        try Task.checkCancellation()
        for index in scenes.indices { scenes[index].id = index + 1 }
        storyboard.scenes = scenes
        report(result)
        return storyboard
    }

    /// The scenes of the rules for one passage.
    private func degraded(_ passage: Passage, of text: TimedText, alone: [Scene]?) -> [Scene] {
        (alone ?? rules.scenes(of: passage.cuts, in: text)).map { scene in
            var scene = scene
            scene.degraded = true
            return scene
        }
    }

    /// One question and at most one repair.
    private func ask(
        about passage: Passage, within limit: Duration, _ result: inout LanguageModelReport
    ) async throws(LanguageModelError) -> [Scene] {
        var conversation = LanguageModelConversation(passage: passage)
        for attempt in 0...1 {
            let answer = try await answer(to: conversation, within: limit, &result)
            do throws(ProposalMistakes) {
                guard !answer.isCutOff else {
                    throw ProposalMistakes(["The answer was cut off. Use fewer scenes and nodes."])
                }
                let proposal = try ProposedScenes(answer.text)
                return try ProposalCheck(passage: passage, model: provider.model).scenes(of: proposal)
            } catch {
                guard attempt == 0 else {
                    throw LanguageModelError(
                        "\(provider.model) gave no usable scenes: \(error.description)", isLasting: false)
                }
                conversation.repairs.append(.init(answer: answer, mistakes: error.description))
            }
        }
        throw LanguageModelError("\(provider.model) gave no usable scenes.", isLasting: false)
    }

    /// Sends the conversation; where the provider is busy, waits as long as it says and tries once more.
    private func answer(
        to conversation: LanguageModelConversation, within limit: Duration, _ result: inout LanguageModelReport
    ) async throws(LanguageModelError) -> LanguageModelAnswer {
        for attempt in 0...1 {
            let response: HTTPExchangeResponse
            do {
                result.requests += 1
                response = try await exchange.send(
                    provider.request(conversation), maximumBytes: 4_000_000, timeout: min(limit, limits.answer))
            } catch let error as OutboundError {
                throw LanguageModelError(error.message, isLasting: true)
            } catch {
                throw LanguageModelError("\(provider.host) could not be asked.", isLasting: true)
            }
            let isBusy = [408, 429, 500, 502, 503, 504, 529].contains(response.status)
            if isBusy, attempt == 0 {
                try await wait(for: response)
                continue
            }
            let answer = try provider.answer(in: response)
            result.inputTokens += answer.inputTokens
            result.outputTokens += answer.outputTokens
            return answer
        }
        throw LanguageModelError("\(provider.host) is busy.", isLasting: true)
    }

    private func wait(for response: HTTPExchangeResponse) async throws(LanguageModelError) {
        let asked =
            response.header("retry-after").flatMap(Double.init).map { Duration.seconds(max(0, $0)) } ?? .seconds(2)
        guard asked <= limits.pause else {
            throw LanguageModelError(
                "\(provider.host) answered \(response.status) and asks to wait longer than \(limits.pause); try again later.",
                isLasting: true)
        }
        do {
            try await pause(asked)
        } catch {
            throw LanguageModelError("Waiting for \(provider.host) was cancelled.", isLasting: true)
        }
    }
}
