import Model
import Storage
import Testing

@testable import RedisStore

@Suite("URL of Redis")
struct RedisSettingsTests {
    @Test(
        "each form is read",
        arguments: [
            ("redis://localhost", "localhost:6379 0"), ("redis://10.0.0.1:7000/3", "10.0.0.1:7000 3"),
            ("redis://user:p%40ss@[::1]:7000/?db=2", "[::1]:7000 2 user p@ss"), ("redis://:pw@h", "h:6379 0 - pw"),
            ("rediss://h?verify=none", "h:6379 0 tls"), ("redis+unix:///run/r.sock?db=4", "/run/r.sock 4"),
            ("redis+unix:/run/r.sock", "/run/r.sock 0"), ("redis+unix://u:p@/run/r.sock", "/run/r.sock 0 u p"),
            ("redis+sentinel://a,b:5/main/1", "the master 'main' of a:26379, b:5 1"),
            ("rediss+sentinel://:p@a/main", "the master 'main' of a:26379 0 - p tls"),
        ])
    func reads(_ url: String, _ expected: String) throws {
        let settings = try RedisSettings(url: url)
        var shown = "\(settings.place) \(settings.database)"
        if let password = settings.password { shown += " \(settings.username ?? "-") \(password.revealed)" }
        if settings.tls != nil { shown += " tls" }
        #expect(shown == expected)
    }

    @Test("parameters are read")
    func parameters() throws {
        let settings = try RedisSettings(
            url:
                "rediss://h?prefix=a.b&timeout=100&connect_timeout=200&wait=300&keepalive=400&in_flight=7&ca=/c%20a.pem"
                + "&cert=/c.pem&key=/k.pem&verify=certificate")
        #expect(settings.prefix == "a.b")
        #expect(settings.commandTimeout == .milliseconds(100))
        #expect(settings.connectTimeout == .milliseconds(200))
        #expect(settings.waitLimit == .milliseconds(300))
        #expect(settings.keepAlive == .milliseconds(400))
        #expect(settings.inFlightLimit == 7)
        #expect(settings.tls?.authorities == "/c a.pem")
        #expect(settings.tls?.certificate?.key == "/k.pem")
        #expect(settings.tls?.verification == .certificate)
    }

    @Test(
        "what cannot be read is refused without showing it",
        arguments: [
            "", "redis", "http://:hunter2@h", "redis://", "redis://:hunter2@h:x", "redis://:hunter2@h:0",
            "redis://h:70000",
            "redis://:hunter2@a,b", "redis://h/x", "redis://h/1/2", "redis://h/-1", "redis://h?prefix={a}",
            "redis://h?pasword=hunter2", "redis://h?timeout=0", "redis://h?ca=/x", "rediss://h?verify=yes",
            "rediss://h?cert=/x", "redis+unix://", "redis+unix://host/run/x", "redis+sentinel://a",
            "redis+sentinel://:hunter2@/main", "redis+sentinel://a/main/x", "redis://h?sentinel_password=hunter2",
        ])
    func refuses(_ url: String) {
        let error = #expect(throws: StorageError.self) { try RedisSettings(url: url) }
        #expect(error?.code == .invalid)
        #expect(error?.message.contains("hunter2") == false)
    }

    @Test("a password is never printed")
    func hides() throws {
        let settings = try RedisSettings(url: "redis+sentinel://u:hunter2@a/main?sentinel_password=hunter2")
        var shown = "\(settings) \(settings.place)"
        dump(settings, to: &shown)
        #expect(!shown.contains("hunter2"))
    }
}
