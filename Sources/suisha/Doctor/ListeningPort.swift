import Foundation

/// Whether a server could listen on a port.
enum ListeningPort {
    /// What trying showed.
    enum State: Equatable {
        case free, taken
        case refused(String)
    }

    /// Binds the port and lets go of it at once.
    static func state(host: String, port: Int) -> State {
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var addresses: UnsafeMutablePointer<addrinfo>?
        let found = getaddrinfo(host, String(port), &hints, &addresses)
        defer { if let addresses { freeaddrinfo(addresses) } }
        guard found == 0, let address = addresses?.pointee else {
            return .refused(String(cString: gai_strerror(found)))
        }
        let handle = socket(address.ai_family, address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), address.ai_protocol)
        guard handle >= 0 else { return .refused(String(cString: strerror(errno))) }
        defer { close(handle) }
        var yes: Int32 = 1
        setsockopt(handle, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard bind(handle, address.ai_addr, address.ai_addrlen) == 0, listen(handle, 1) == 0 else {
            return errno == EADDRINUSE ? .taken : .refused(String(cString: strerror(errno)))
        }
        return .free
    }
}
