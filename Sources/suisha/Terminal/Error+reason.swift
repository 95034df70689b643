import Foundation

extension Error {
    /// What went wrong with a file, in a few words without a full stop.
    var reason: String {
        if let error = self as? CocoaError {
            switch error.code {
            case .fileNoSuchFile, .fileReadNoSuchFile: return "there is no such file"
            case .fileReadNoPermission, .fileWriteNoPermission: return "permission denied"
            case .fileWriteOutOfSpace: return "no space left on the disk"
            case .fileWriteFileExists: return "a file of that name is in the way"
            default: break
            }
            if let underlying = error.underlying { return underlying.reason }
        }
        if let error = self as? POSIXError { return String(cString: strerror(error.code.rawValue)) }
        return "\(self)"
    }
}
