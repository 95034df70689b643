#if DEBUG
    import Foundation

    /// Where a test holds a worker, to kill it there. Release builds have none.
    enum StepHold {
        /// `SUISHA_HOLD_AFTER_STEP=render-1:/path/of/marker`: once that step's work is done and before its result is stored,
        /// the marker appears and the worker goes no further.
        private static let hold: (step: String, marker: String)? = {
            let parts = ProcessInfo.processInfo.environment["SUISHA_HOLD_AFTER_STEP"]?.split(
                separator: ":", maxSplits: 1)
            guard let parts, parts.count == 2 else { return nil }
            return (String(parts[0]), String(parts[1]))
        }()

        static func afterStep(_ name: String) async throws {
            guard let hold, hold.step == name else { return }
            _ = FileManager.default.createFile(atPath: hold.marker, contents: nil)
            try await Task.sleep(for: .seconds(3_600))
        }
    }
#endif
