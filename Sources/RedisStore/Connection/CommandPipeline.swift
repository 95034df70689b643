import NIOCore
import Storage

/// The calls on one connection: what is to be written, and who waits for which reply. No I/O, no clock, no lock.
///
/// Redis answers in the order of the commands, so the first call that has not all its replies gets the next one.
struct CommandPipeline<Waiter> {
    /// Commands that one caller sent together and that are answered together.
    struct Call {
        let replyCount: Int
        let byteCount: Int
        let began: NIODeadline
        var replies: [RESPValue] = []
        /// Nil when the caller no longer waits; the replies come nevertheless.
        var waiter: Waiter?
    }

    enum Admission: Equatable {
        /// Under way; when `mustWrite`, nobody was told yet that there is something to write.
        case accepted(number: Int, mustWrite: Bool)
        /// Too many commands or bytes are under way.
        case full
        /// Too many commands or bytes in one call.
        case tooLarge
    }

    enum Delivery {
        /// The call waits for more replies.
        case more
        /// The call has all its replies.
        case done(Call)
        /// Nobody asked for this.
        case unexpected
    }

    private let commandLimit: Int
    private let byteLimit: Int
    private var calls: CircularBuffer<Call> = []
    /// The number of the first in `calls`; the others follow it.
    private var firstNumber = 0
    private var unwritten = ByteBuffer()
    private(set) var commandCount = 0
    private var byteCount = 0

    init(commandLimit: Int, byteLimit: Int) {
        self.commandLimit = commandLimit
        self.byteLimit = byteLimit
    }

    var isEmpty: Bool { calls.isEmpty }
    /// When the oldest call began.
    var oldest: NIODeadline? { calls.first?.began }

    /// Takes commands to be written. Without a waiter, the replies are read and dropped.
    mutating func admit(_ commands: [RedisCommand], _ waiter: Waiter?, now: NIODeadline) -> Admission {
        let replyCount = commands.count { $0.isAnswered }
        guard replyCount <= commandLimit else { return .tooLarge }
        guard commandCount + replyCount <= commandLimit, byteCount < byteLimit else { return .full }
        let before = unwritten.writerIndex
        for command in commands { unwritten.write(command) }
        let size = unwritten.writerIndex - before
        guard byteCount + size <= byteLimit else {
            unwritten.moveWriterIndex(to: before)
            return size > byteLimit ? .tooLarge : .full
        }
        calls.append(Call(replyCount: replyCount, byteCount: size, began: now, waiter: waiter))
        commandCount += replyCount
        byteCount += size
        return .accepted(number: firstNumber + calls.count - 1, mustWrite: before == 0)
    }

    /// What is to be written now; it is given once.
    mutating func takeUnwritten() -> ByteBuffer {
        defer { unwritten = ByteBuffer() }
        return unwritten
    }

    mutating func receive(_ reply: RESPValue) -> Delivery {
        guard !calls.isEmpty else { return .unexpected }
        let first = calls.startIndex
        calls[first].replies.append(reply)
        commandCount -= 1
        guard calls[first].replies.count == calls[first].replyCount else { return .more }
        let call = calls.removeFirst()
        firstNumber += 1
        byteCount -= call.byteCount
        return .done(call)
    }

    /// Lets a caller go whose replies have not come.
    mutating func abandon(_ number: Int) -> Waiter? {
        guard number >= firstNumber, number < firstNumber + calls.count else { return nil }
        let index = calls.index(calls.startIndex, offsetBy: number - firstNumber)
        defer { calls[index].waiter = nil }
        return calls[index].waiter
    }

    /// Ends every call: the connection is gone.
    mutating func removeAll() -> [Call] {
        defer {
            firstNumber += calls.count
            calls = []
            (commandCount, byteCount, unwritten) = (0, 0, ByteBuffer())
        }
        return Array(calls)
    }
}
