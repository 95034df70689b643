/// What one reply may cost, so that a broken server cannot use up memory.
struct RESPLimits: Sendable {
    /// Bytes of a reply in all.
    var bytes = 64 << 20
    /// Bytes of a line: of a simple string, an error or a number.
    var line = 64 << 10
    /// Values in a reply in all.
    var values = 1 << 20
    /// Arrays in arrays.
    var depth = 32
}
