/// Which hosts may be fetched from: the public internet, and what the operator allows.
package struct AddressPolicy: Sendable {
    private let hosts: Set<String>
    private let networks: [(network: InternetAddress, length: Int)]
    private let ownAddresses: @Sendable () throws -> Set<InternetAddress>

    /// - Parameter allowed: names (`media.internal`), addresses and networks (`10.1.0.0/16`) that may be fetched from
    ///   although they are private, on every port.
    package init(allowed: [String] = []) {
        self.init(allowed: allowed, ownAddresses: InternetAddress.ownedByThisMachine)
    }

    init(allowed: [String], ownAddresses: @escaping @Sendable () throws -> Set<InternetAddress>) {
        let entries = allowed.map { $0.lowercased() }
        networks = entries.compactMap { InternetAddress.network($0) }
        hosts = Set(entries.filter { InternetAddress.network($0) == nil })
        self.ownAddresses = ownAddresses
    }

    /// Checks every address of a host: one that leads inside is enough to refuse it.
    ///
    /// - Throws: ``OutboundError`` `forbiddenAddress`.
    func check(_ addresses: [InternetAddress], of target: Target) throws {
        if hosts.contains(target.host) { return }
        let strangers = addresses.filter { address in
            !networks.contains { address.isWithin($0.network, length: $0.length) }
        }
        guard !strangers.isEmpty else { return }
        // A firewall may keep the outside from services that this machine lets itself reach.
        let own = try ownAddresses()
        guard strangers.allSatisfy({ $0.isPublic && !own.contains($0) }) else {
            throw OutboundError(
                .forbiddenAddress,
                "\(target.host) leads to an address that is not on the public internet. Upload the recording instead, or "
                    + "have the operator add the host to fetch.allow.")
        }
        guard Self.isForTheWeb(target.port) else {
            throw OutboundError(
                .forbiddenAddress,
                "Port \(target.port) of \(target.host) is not one that recordings are fetched from. Upload the recording "
                    + "instead, or have the operator add the host to fetch.allow.")
        }
    }

    /// Web servers listen on 80, 443 or high ports; other low ports, and the high ones that browsers block too, belong to
    /// services that a request must not be aimed at, such as mail.
    private static func isForTheWeb(_ port: Int) -> Bool {
        port == 80 || port == 443 || port >= 1024 && !blockedHighPorts.contains(port)
    }

    /// Source: "port blocking" in the WHATWG Fetch standard, and the usual databases and caches.
    private static let blockedHighPorts: Set<Int> = [
        1719, 1720, 1723, 2049, 2375, 3306, 3659, 4045, 4190, 5060, 5061, 5432, 6000, 6379, 6566, 6665, 6666, 6667,
        6668,
        6669, 6679, 6697, 9200, 10_080, 11_211, 27_017,
    ]
}
