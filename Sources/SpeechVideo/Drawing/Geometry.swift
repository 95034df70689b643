/// A place in a picture, in pixels from its upper left corner.
package struct Point: Hashable, Sendable, Codable {
    package var x: Double
    package var y: Double

    package init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }
}

/// An upright rectangle.
package struct Box: Hashable, Sendable, Codable {
    package var x: Double
    package var y: Double
    package var width: Double
    package var height: Double

    package init(x: Double, y: Double, width: Double, height: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    init(center: Point, width: Double, height: Double) {
        self.init(x: center.x - width / 2, y: center.y - height / 2, width: width, height: height)
    }

    package var maxX: Double { x + width }
    package var maxY: Double { y + height }
    var center: Point { Point(x: x + width / 2, y: y + height / 2) }

    /// True when the two share more than a border.
    package func overlaps(_ other: Box) -> Bool {
        x < other.maxX && other.x < maxX && y < other.maxY && other.y < maxY
    }

    /// True when the other lies inside, with a tolerance for rounding.
    package func contains(_ other: Box, tolerance: Double = 0.5) -> Bool {
        other.x >= x - tolerance && other.y >= y - tolerance
            && other.maxX <= maxX + tolerance && other.maxY <= maxY + tolerance
    }

    func contains(_ point: Point) -> Bool {
        point.x >= x && point.x <= maxX && point.y >= y && point.y <= maxY
    }

    func insetBy(_ margin: Double) -> Box {
        Box(x: x + margin, y: y + margin, width: width - 2 * margin, height: height - 2 * margin)
    }

    func union(_ other: Box) -> Box {
        let left = min(x, other.x)
        let top = min(y, other.y)
        return Box(x: left, y: top, width: max(maxX, other.maxX) - left, height: max(maxY, other.maxY) - top)
    }
}

/// Moves and scales a drawing from its own coordinates into the frame.
struct Placement: Hashable {
    var scale: Double
    var x: Double
    var y: Double

    func callAsFunction(_ point: Point) -> Point { Point(x: point.x * scale + x, y: point.y * scale + y) }
    func callAsFunction(_ box: Box) -> Box {
        Box(x: box.x * scale + x, y: box.y * scale + y, width: box.width * scale, height: box.height * scale)
    }
}
