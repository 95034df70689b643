import CWhisper
import Glibc

/// What the library says about itself.
enum WhisperLog {
    /// Passes errors to standard error and drops the rest. Call it before anything is loaded.
    static func keepErrorsOnly() {
        whisper_log_set(
            { level, text, _ in
                guard level == GGML_LOG_LEVEL_ERROR, let text else { return }
                _ = write(STDERR_FILENO, text, strlen(text))
            }, nil)
    }
}
