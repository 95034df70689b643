import Foundation

/// An open file or folder, closed when its owner goes away.
struct Descriptor: ~Copyable, Sendable {
    let number: CInt

    /// Takes over an open descriptor.
    init(adopting number: CInt) {
        self.number = number
    }

    deinit {
        close(number)
    }
}
