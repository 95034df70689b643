import Glibc
import NIOCore
import NIOPosix

/// Finds the addresses of a host.
package struct HostResolver: Sendable {
    let addresses: @Sendable (_ host: String) async throws -> [InternetAddress]

    /// The system's own resolver. It also understands the odd forms of an address, `0x7f000001` or `127.1`.
    package static let system = HostResolver { host in
        try await threads.runIfActive { try lookUp(host) }
    }

    /// Threads of their own, because a name server that never answers holds each for half a minute. They live as long as the
    /// process; lookups beyond them wait, at most as long as the fetch they belong to.
    private static let threads: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 4)
        pool.start()
        return pool
    }()

    private static func lookUp(_ host: String) throws -> [InternetAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else {
            throw OutboundError(.unreachable, "There is no host named \(host); check the address.")
        }
        defer { freeaddrinfo(list) }
        var found: [InternetAddress] = []
        var next = list
        while let entry = next?.pointee {
            if let address = address(of: entry) { found.append(address) }
            next = entry.ai_next
        }
        return found
    }

    private static func address(of entry: addrinfo) -> InternetAddress? {
        switch entry.ai_family {
        case AF_INET:
            entry.ai_addr.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
                withUnsafeBytes(of: pointer.pointee.sin_addr) { InternetAddress(bytes: Array($0)) }
            }
        case AF_INET6:
            entry.ai_addr.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { pointer in
                withUnsafeBytes(of: pointer.pointee.sin6_addr) { InternetAddress(bytes: Array($0)) }
            }
        default: nil
        }
    }
}
