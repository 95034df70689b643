/// Which hosts may be fetched from: the public internet, and what the operator allows.
package struct AddressPolicy: Sendable {
    private let hosts: Set<String>
    private let networks: [(network: InternetAddress, length: Int)]

    /// - Parameter allowed: names (`media.internal`), addresses and networks (`10.1.0.0/16`) that may be fetched from although
    ///   they are private.
    package init(allowed: [String] = []) {
        let entries = allowed.map { $0.lowercased() }
        networks = entries.compactMap { InternetAddress.network($0) }
        hosts = Set(entries.filter { InternetAddress.network($0) == nil })
    }

    /// Checks every address of a host: one that leads inside is enough to refuse it.
    ///
    /// - Throws: ``OutboundError`` `forbiddenAddress`.
    func check(_ addresses: [InternetAddress], of host: String) throws {
        if hosts.contains(host.lowercased()) { return }
        for address in addresses where !address.isPublic {
            guard networks.contains(where: { address.isWithin($0.network, length: $0.length) }) else {
                throw OutboundError(
                    .forbiddenAddress,
                    "\(host) leads to an address that is not on the public internet. Upload the recording instead, or have "
                        + "the operator add the host to fetch.allow.")
            }
        }
    }
}
