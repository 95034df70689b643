import Glibc

/// An IPv4 or IPv6 address as its bytes, and whether it belongs to the public internet.
struct InternetAddress: Hashable, Sendable, CustomStringConvertible {
    /// 4 or 16 bytes in network order.
    let bytes: [UInt8]

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Reads the plain written form, `192.0.2.1` or `2001:db8::1`.
    init?(_ text: String) {
        var four = in_addr()
        var sixteen = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = withUnsafeBytes(of: four) { Array($0) }
        } else if inet_pton(AF_INET6, text, &sixteen) == 1 {
            bytes = withUnsafeBytes(of: sixteen) { Array($0) }
        } else {
            return nil
        }
    }

    var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "?" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether the first `length` bits are those of `network`.
    func isWithin(_ network: InternetAddress, length: Int) -> Bool {
        guard bytes.count == network.bytes.count, length <= bytes.count * 8 else { return false }
        for index in 0..<bytes.count {
            let bits = min(max(length - index * 8, 0), 8)
            let mask = UInt8(truncatingIfNeeded: 0xFF00 >> bits)
            if bytes[index] & mask != network.bytes[index] & mask { return false }
        }
        return true
    }

    /// Whether the address is one of the public internet. What is reserved, private, local, or leads to such an address through
    /// a translation, is not.
    ///
    /// Source: the IANA registries of special-purpose IPv4 and IPv6 addresses.
    var isPublic: Bool {
        if let inner = translated { return inner.isPublic }
        if bytes.count == 16, !isWithin(Self.globalUnicast, length: 3) { return false }
        return !Self.special.contains { isWithin($0.network, length: $0.length) }
    }

    /// The IPv4 address that an IPv6 address stands for: mapped, compatible, NAT64, 6to4.
    private var translated: InternetAddress? {
        guard bytes.count == 16 else { return nil }
        let zeros = bytes[0..<10].allSatisfy { $0 == 0 }
        if zeros, bytes[10] == bytes[11], bytes[10] == 0xFF || bytes[10] == 0, bytes[12...].contains(where: { $0 > 0 })
        {
            return InternetAddress(bytes: Array(bytes[12...]))
        }
        if Array(bytes[0..<12]) == [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0] {
            return InternetAddress(bytes: Array(bytes[12...]))
        }
        if bytes[0] == 0x20, bytes[1] == 0x02 { return InternetAddress(bytes: Array(bytes[2..<6])) }
        return nil
    }

    private static let globalUnicast = InternetAddress(bytes: [0x20] + [UInt8](repeating: 0, count: 15))

    private static let special: [(network: InternetAddress, length: Int)] = {
        let ranges: [String] = [
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "2001::/23", "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20",
            // The platform service of Azure, which virtual machines reach at a public address.
            "168.63.129.16/32",
        ]
        return ranges.compactMap { network($0) }
    }()

    /// Reads `10.0.0.0/8`; an address alone is a network of one.
    static func network(_ text: String) -> (network: InternetAddress, length: Int)? {
        let parts = text.split(separator: "/", maxSplits: 1)
        guard let first = parts.first, let network = InternetAddress(String(first)) else { return nil }
        guard parts.count == 2 else { return (network, network.bytes.count * 8) }
        guard let length = Int(parts[1]), (0...network.bytes.count * 8).contains(length) else { return nil }
        return (network, length)
    }
}
