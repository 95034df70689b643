import Glibc
import NIOCore

/// An IP address as its bytes: 4 or 16. An IPv4 address inside an IPv6 one is the IPv4 address.
struct NetworkAddress: Hashable, Sendable {
    let bytes: [UInt8]

    /// Nil for a socket in the file system.
    init?(_ address: SocketAddress) {
        guard let text = address.ipAddress else { return nil }
        self.init(text)
    }

    /// Reads an address, also in brackets or, for IPv4, with a port behind it, as some proxies write it.
    init?(_ text: String) {
        var text = text[...]
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            text = text[text.index(after: text.startIndex)..<end]
        } else if text.contains("."), text.count(where: { $0 == ":" }) == 1 {
            text = text.prefix { $0 != ":" }
        }
        var (four, sixteen) = ([UInt8](repeating: 0, count: 4), [UInt8](repeating: 0, count: 16))
        if inet_pton(AF_INET, String(text), &four) == 1 {
            bytes = four
        } else if inet_pton(AF_INET6, String(text), &sixteen) == 1 {
            let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
            bytes = sixteen.starts(with: mapped) ? Array(sixteen.suffix(4)) : sixteen
        } else {
            return nil
        }
    }

    /// The address as people write it.
    var text: String {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard inet_ntop(family, bytes, &buffer, socklen_t(buffer.count)) != nil else { return network }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The address, or the first half of an IPv6 one.
    var network: String {
        bytes.count == 4
            ? bytes.map(String.init).joined(separator: ".")
            : stride(from: 0, to: 8, by: 2)
                .map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }.joined(separator: ":")
                + "::/64"
    }
}

/// All addresses that begin with the same bits: `10.0.0.0/8`, or one address alone.
package struct NetworkRange: Hashable, Sendable {
    private let address: NetworkAddress
    private let length: Int

    /// Nil for what is no network.
    package init?(_ text: String) {
        let sides = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(sides.count), let address = NetworkAddress(sides[0]) else { return nil }
        let longest = address.bytes.count * 8
        guard let length = sides.count == 2 ? Int(sides[1]) : longest, (0...longest).contains(length) else {
            return nil
        }
        self.address = address
        self.length = length
    }

    func contains(_ other: NetworkAddress) -> Bool {
        guard address.bytes.count == other.bytes.count else { return false }
        return (0..<length).allSatisfy { bit in
            (address.bytes[bit / 8] ^ other.bytes[bit / 8]) & (0x80 >> UInt8(bit % 8)) == 0
        }
    }
}
