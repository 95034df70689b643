import NIOCore

extension InternetAddress {
    /// The addresses of this machine's interfaces.
    static func ownedByThisMachine() -> Set<InternetAddress> {
        let devices = (try? System.enumerateDevices()) ?? []
        return Set(
            devices.compactMap { $0.address?.ipAddress }.compactMap { text in
                // A link-local address carries its interface after a percent sign.
                InternetAddress(String(text.prefix { $0 != "%" }))
            })
    }
}
