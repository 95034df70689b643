import Glibc
import Model
import Storage

/// Ends a thread's wait on a socket from outside.
final class WakePipe: Sendable {
    private let readEnd: Int32
    private let writeEnd: Int32

    init() throws(StorageError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw StorageError(
                .unavailable,
                "No pipe for the database listener: \(String(cString: strerror(errno))). Raise the file limit.")
        }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (readEnd, writeEnd) = (ends[0], ends[1])
    }

    deinit {
        Glibc.close(readEnd)
        Glibc.close(writeEnd)
    }

    /// Ends the wait under way, and every later one.
    func wake() {
        var byte: UInt8 = 1
        _ = write(writeEnd, &byte, 1)
    }

    /// Blocks until the descriptor can be read, somebody wakes, or the time is over; a descriptor below 0 is ignored.
    func wait(also descriptor: Int32, for limit: Duration) -> Bool {
        var waited = [
            pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0),
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
        ]
        return poll(&waited, 2, Int32(limit.microseconds / 1_000)) > 0
    }
}
