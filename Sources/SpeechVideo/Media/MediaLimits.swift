package import Model

/// The largest recording that is taken in.
package struct MediaLimits: Hashable, Sendable {
    package var duration: MediaTime
    package var size: ByteCount

    /// Four hours and 2 GiB by default.
    package init(
        duration: MediaTime = MediaTime(seconds: 4 * 3_600), size: ByteCount = .gibibytes(2)
    ) {
        self.duration = duration
        self.size = size
    }
}
