import NIOCore

extension InternetAddress {
    /// The addresses of this machine's interfaces.
    ///
    /// - Throws: ``OutboundError`` `forbiddenAddress` when they cannot be listed: what cannot be checked is not fetched.
    static func ownedByThisMachine() throws -> Set<InternetAddress> {
        let devices: [NIONetworkDevice]
        do {
            devices = try System.enumerateDevices()
        } catch {
            throw OutboundError(
                .forbiddenAddress,
                "This server cannot list its own addresses, so it fetches from none. Upload the recording instead, or have the "
                    + "operator allow the process netlink sockets.")
        }
        return Set(
            devices.compactMap { $0.address?.ipAddress }.compactMap { text in
                // A link-local address carries its interface after a percent sign.
                InternetAddress(String(text.prefix { $0 != "%" }))
            })
    }
}
