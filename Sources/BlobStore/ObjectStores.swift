import Foundation
package import Storage

/// The table of object stores by URL.
package enum ObjectStores {
    /// Opens the store that a URL names.
    ///
    /// - `file:///var/lib/suisha/objects`: a folder, created where it is missing.
    /// - `s3://KEY:SECRET@HOST[:PORT]/BUCKET[?region=…&style=path|virtual&tls=true|false]`: a bucket. It connects when it
    ///   is used; `check()` tries it.
    ///
    /// - Parameter environment: where `AWS_ACCESS_KEY_ID` and its kin are looked for when an `s3:` URL has no key.
    /// - Throws: `StorageError` that says what is wrong without showing the URL's secret.
    package static func open(
        _ url: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) async throws -> any ObjectStore {
        let scheme = url.prefix { $0 != ":" }
        switch scheme.lowercased() {
        case "file":
            guard let folder = URL(string: url), folder.isFileURL, folder.host ?? "" == "", folder.path.hasPrefix("/"),
                folder.path != "/"
            else {
                throw StorageError(
                    .invalid,
                    "The object store's URL names no folder. Write file:///folder, with three slashes and an absolute path."
                )
            }
            return try await FolderObjectStore.open(folder)
        case "s3":
            return try S3ObjectStore(url: url, environment: environment)
        default:
            throw StorageError(
                .invalid,
                "There is no object store for URLs that start with '\(scheme.prefix(20))'. Use file:///folder or "
                    + "s3://KEY:SECRET@HOST/BUCKET.")
        }
    }
}
