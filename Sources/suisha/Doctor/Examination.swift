import Engine

/// Runs checks side by side and collects what they found.
struct Examination: Sendable {
    let checks: [HealthCheck]
    /// How long one check may take.
    let limit: Duration

    /// What one check found.
    struct Finding: Encodable, Equatable, Sendable {
        let name: String
        let ok: Bool
        /// What was found.
        let detail: String
        /// What to do about it.
        let remedy: String?
    }

    /// The findings, in the order of the checks.
    func run() async -> [Finding] {
        await withTaskGroup(of: (Int, Finding).self) { group in
            for (index, check) in checks.enumerated() {
                group.addTask { (index, await finding(of: check)) }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func finding(of check: HealthCheck) async -> Finding {
        await withTaskGroup(of: Finding?.self) { group in
            group.addTask {
                do {
                    return Finding(name: check.name, ok: true, detail: try await check.run(), remedy: nil)
                } catch let error as HealthCheck.Finding {
                    return Finding(name: check.name, ok: false, detail: error.problem, remedy: error.remedy)
                } catch {
                    return Finding(name: check.name, ok: false, detail: "\(error)", remedy: nil)
                }
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
                ?? Finding(
                    name: check.name, ok: false, detail: "There was no answer within \(TimeText.text(limit)).",
                    remedy: nil)
        }
    }

    /// Lines for a terminal.
    static func text(_ findings: [Finding]) -> String {
        let width = findings.map { TextWidth.columns($0.name) }.max() ?? 0
        let lines = findings.map { finding in
            let mark = finding.ok ? "ok  " : "FAIL"
            let remedy = finding.remedy.map { "\n      to mend it: \($0)" } ?? ""
            return "\(mark)  \(TextWidth.padded(finding.name, to: width))  \(finding.detail)\(remedy)\n"
        }
        let failed = findings.count { !$0.ok }
        let sum = failed == 0 ? "Everything is well." : "\(failed) of \(findings.count) checks failed."
        return lines.joined() + sum + "\n"
    }
}
