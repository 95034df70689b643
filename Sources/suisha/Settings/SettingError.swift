/// Why the configuration cannot be used, in a sentence for the person who wrote it.
struct SettingError: Error, Hashable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
