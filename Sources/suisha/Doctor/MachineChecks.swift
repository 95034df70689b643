import Engine
import Foundation
import Model

/// What every Suisha needs from its machine, whatever workloads it runs.
enum MachineChecks {
    /// All of them.
    static func all(_ settings: ServerSettings) -> [HealthCheck] {
        [dataFolder(settings.dataFolder), room(settings), tokenFile(settings.http.tokenFile), port(settings.http)]
    }

    private static func dataFolder(_ folder: URL) -> HealthCheck {
        HealthCheck("data folder") {
            let existing = nearestExisting(folder)
            guard access(existing.path, W_OK | X_OK) == 0 else {
                throw HealthCheck.Finding(
                    "\(existing.path) cannot be written.",
                    remedy: "chown it to the user that runs suisha, or set data.folder to another place.")
            }
            return existing == folder ? folder.path : "\(folder.path) will be made at the first start."
        }
    }

    private static func room(_ settings: ServerSettings) -> HealthCheck {
        HealthCheck("disk") {
            let folder = nearestExisting(settings.dataFolder)
            var status = statvfs()
            guard statvfs(folder.path, &status) == 0 else {
                throw HealthCheck.Finding(
                    "The free space of \(folder.path) cannot be read: \(String(cString: strerror(errno))).",
                    remedy: "set data.folder to another place.")
            }
            let free = ByteCount(Int64(status.f_bavail) * Int64(status.f_frsize))
            // An upload, its normal form, its pictures and its video lie there at the same time.
            let wanted = ByteCount(max(settings.limits.upload.bytes * 2, ByteCount.gibibytes(1).bytes))
            guard free >= wanted else {
                throw HealthCheck.Finding(
                    "\(free) are free under \(folder.path); the largest upload needs \(wanted).",
                    remedy: "make room, set data.folder to a larger disk, or lower limits.upload.")
            }
            return "\(free) are free."
        }
    }

    private static func tokenFile(_ file: URL) -> HealthCheck {
        HealthCheck("token file") {
            do {
                return try TokenFile(url: file).read() == nil
                    ? "\(file.path) will be made at the first start." : file.path
            } catch let error as SettingError {
                throw HealthCheck.Finding(error.description, remedy: "Then run suisha doctor again.")
            }
        }
    }

    private static func port(_ http: ServerSettings.HTTP) -> HealthCheck {
        HealthCheck("port") {
            guard http.port != 0 else { return "any free one" }
            switch ListeningPort.state(host: http.host, port: http.port) {
            case .free: return "\(http.host):\(http.port) is free."
            case .taken:
                throw HealthCheck.Finding(
                    "\(http.host):\(http.port) is in use, perhaps by a server that runs already.",
                    remedy: "stop that program, or set http.port to another one.")
            case .refused(let reason):
                throw HealthCheck.Finding(
                    "\(http.host):\(http.port) cannot be used: \(reason).", remedy: "set http.host and http.port.")
            }
        }
    }

    /// The folder itself, or the nearest one above it that is there.
    private static func nearestExisting(_ folder: URL) -> URL {
        var folder = folder
        while !FileManager.default.fileExists(atPath: folder.path), folder.path != "/" {
            folder = folder.deletingLastPathComponent().standardizedFileURL
        }
        return folder
    }
}
