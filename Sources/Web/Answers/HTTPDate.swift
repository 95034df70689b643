import Foundation
import Synchronization

/// Times in the form of HTTP headers: `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
    private static let latest = Mutex<(second: Int, text: String)>((0, ""))

    /// The current time. Each answer carries it, so it is made once a second.
    static var now: String {
        let date = Date()
        let second = Int(date.timeIntervalSince1970)
        return latest.withLock { latest in
            if latest.second != second { latest = (second, text(date)) }
            return latest.text
        }
    }

    static func text(_ date: Date) -> String {
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second, .weekday], from: date)
        guard let weekday = parts.weekday, let month = parts.month, let day = parts.day, let year = parts.year,
            let hour = parts.hour, let minute = parts.minute, let second = parts.second
        else { return "" }
        return String(
            format: "%@, %02d %@ %04d %02d:%02d:%02d GMT", days[weekday - 1], day, months[month - 1], year, hour,
            minute,
            second)
    }
}
