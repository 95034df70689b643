import Model

/// A time on a page: in UTC as the server writes it, which a script turns into the reader's own.
struct PageTime: Decodable {
    let iso: String
    let text: String

    init(_ time: Timestamp) { self.init(iso: time.description) }

    private init(iso: String) {
        self.iso = iso
        text = iso.prefix(16).replacing("T", with: " ") + " UTC"
    }

    init(from decoder: any Decoder) throws {
        self.init(iso: try decoder.singleValueContainer().decode(String.self))
    }
}
