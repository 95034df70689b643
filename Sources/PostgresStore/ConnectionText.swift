import CLibpq
import Storage

/// Reads connection URLs the way libpq does.
enum ConnectionText {
    /// Host, port and database of a connection URL, for messages; never its user or password.
    ///
    /// - Throws: `invalid` when libpq cannot read the URL. Its own message may quote the password, so it is not passed on.
    static func place(of url: String) throws(StorageError) -> String {
        guard let options = PQconninfoParse(url, nil) else {
            throw StorageError(
                .invalid,
                """
                The PostgreSQL URL cannot be read. Write postgres://user:password@host:port/database, and write special \
                characters of the password as %40 and so on.
                """)
        }
        defer { PQconninfoFree(options) }
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        let host = values["host"] ?? values["hostaddr"] ?? "local socket"
        let port = values["port"].map { ":\($0)" } ?? ""
        return host + port + (values["dbname"].map { "/\($0)" } ?? "")
    }
}
