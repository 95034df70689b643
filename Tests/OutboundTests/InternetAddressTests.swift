import Testing

@testable import Outbound

@Suite("C1: which addresses belong to the public internet")
struct InternetAddressTests {
    @Test(
        "inside, reserved and translated addresses do not",
        arguments: [
            "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1",
            "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.51.100.7", "203.0.113.9",
            "224.0.0.1",
            "239.1.1.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::1", "fe80::1", "fc00::1",
            "fd12:3456::1",
            "ff02::1", "2001:db8::1", "2001::1", "fec0::1", "100::1", "3fff::1",
        ])
    func inside(text: String) throws {
        #expect(try #require(InternetAddress(text)).isPublic == false)
    }

    @Test(
        "ordinary ones do",
        arguments: [
            "1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.167.1.1",
            "198.20.0.1",
            "223.255.255.255", "2606:4700::1111", "2a00:1450:4001::1", "::ffff:8.8.8.8", "64:ff9b::808:808",
            "2002:808:808::1",
        ])
    func outside(text: String) throws {
        #expect(try #require(InternetAddress(text)).isPublic)
    }

    @Test("networks compare by their length in bits")
    func networks() throws {
        let address = try #require(InternetAddress("10.1.200.7"))
        let (wide, length) = try #require(InternetAddress.network("10.1.128.0/17"))
        #expect(address.isWithin(wide, length: length))
        let (narrow, bits) = try #require(InternetAddress.network("10.1.128.0/18"))
        #expect(!address.isWithin(narrow, length: bits))
        #expect(InternetAddress.network("10.0.0.0/33") == nil && InternetAddress.network("media.internal") == nil)
    }
}
