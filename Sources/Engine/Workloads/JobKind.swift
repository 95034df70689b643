package import Endpoints
package import Model

/// One kind of job: what it takes, how it runs.
package struct JobKind: Sendable {
    /// Unique and permanent: `generate-video`.
    package let name: String
    /// One line for lists.
    package let summary: String
    /// The schema of the input.
    package let input: Schema
    /// Stage names in the order in which they run.
    package let stages: [String]
    package let maxAttempts: Int
    /// How urgent it is against other kinds.
    package let band: Band
    /// A job that runs longer is ended and counts as failed.
    package let timeout: Duration
    /// What a caller needs beside the usual to submit jobs of it and to read their files.
    package let permission: Permission?
    /// Checks an input and returns it in its canonical form, defaults filled in.
    ///
    /// - Throws: `Problem` that names the wrong field.
    package let validate: @Sendable (JSONText) throws -> JSONText
    /// Turns an uploaded file into a checked, canonical input of this kind, if it takes files: `options` holds the other
    /// fields of the form.
    package let inputFromUpload:
        (@Sendable (_ file: EndpointRequest.UploadedFile, _ options: [String: String]) throws -> JSONText)?
    /// Does the work and returns the result, a JSON object.
    package let run: @Sendable (JobContext) async throws -> JSONText

    package init(
        name: String, summary: String, input: Schema, stages: [String], maxAttempts: Int = 5,
        band: Band = .batch, timeout: Duration = .seconds(4 * 3_600), permission: Permission? = nil,
        validate: @escaping @Sendable (JSONText) throws -> JSONText,
        inputFromUpload: (@Sendable (EndpointRequest.UploadedFile, [String: String]) throws -> JSONText)? = nil,
        run: @escaping @Sendable (JobContext) async throws -> JSONText
    ) {
        self.name = name
        self.summary = summary
        self.input = input
        self.stages = stages
        self.maxAttempts = maxAttempts
        self.band = band
        self.timeout = timeout
        self.permission = permission
        self.validate = validate
        self.inputFromUpload = inputFromUpload
        self.run = run
    }
}
