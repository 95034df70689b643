/// What the model wrote in one step: some bytes of text, possibly a part of a character; times in seconds.
struct Token: Equatable {
    var bytes: [UInt8]
    var start: Double
    var end: Double
    var logProbability: Double
}
