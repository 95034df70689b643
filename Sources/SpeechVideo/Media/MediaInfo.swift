package import Model

/// What a recording is, as measured: the content of `media.json`.
package struct MediaInfo: Hashable, Sendable, Codable {
    /// Length of the sound that really decodes, which may differ from what the header says.
    package var duration: MediaTime
    /// ffmpeg's name of the audio codec, for example `flac`.
    package var codec: String
    /// ffmpeg's name of the container, for example `mov,mp4,m4a,3gp,3g2,mj2`.
    package var container: String
    package var channels: Int
    /// Samples a second in each channel.
    package var sampleRate: Int
    package var bytes: ByteCount
    /// True when the file also holds moving pictures; a cover picture does not count.
    package var hasVideo: Bool
    /// Which stream of the file is the sound used here.
    package var audioStream: Int
}
