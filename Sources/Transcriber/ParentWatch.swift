import Foundation
import Glibc

/// Ends this process when the one that started it is gone.
enum ParentWatch {
    /// The parent holds the other end of standard input open and never writes; its end, however it dies, closes it.
    ///
    /// A thread of its own waits: the recogniser keeps the main one busy for minutes.
    static func start() {
        let thread = Thread {
            var byte: UInt8 = 0
            while true {
                let count = read(STDIN_FILENO, &byte, 1)
                if count == 0 || (count < 0 && errno != EINTR) { _exit(Int32(SIGTERM) + 128) }
            }
        }
        thread.name = "parent watch"
        thread.start()
    }
}
