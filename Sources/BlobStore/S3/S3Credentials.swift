import Model

/// Who asks an S3 server: a key pair, and a token where the pair is temporary.
struct S3Credentials: Sendable {
    let accessKey: String
    let secretKey: Secret
    let sessionToken: Secret?

    init(accessKey: String, secretKey: Secret, sessionToken: Secret? = nil) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken
    }
}
