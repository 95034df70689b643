import Foundation

/// Writes the SVG of a picture, one shape at a time.
struct SVGPen {
    private var parts: [String] = []

    mutating func open(title: String) {
        parts.append(
            """
            <svg xmlns="http://www.w3.org/2000/svg" width="1280" height="720" viewBox="0 0 1280 720" \
            font-family="'\(Typeface.family)', sans-serif">
            <title>\(title.escapedForXML)</title>
            """)
    }

    func close() -> String { (parts + ["</svg>"]).joined(separator: "\n") + "\n" }

    mutating func group(_ id: String, _ body: (inout SVGPen) -> Void) {
        parts.append("<g id=\"\(id.escapedForXML)\">")
        body(&self)
        parts.append("</g>")
    }

    mutating func backdrop(accent: String) {
        parts.append(
            """
            <defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">\
            <stop offset="0" stop-color="\(Palette.backgroundTop)"/>\
            <stop offset="1" stop-color="\(Palette.backgroundBottom)"/></linearGradient></defs>
            <rect width="1280" height="720" fill="url(#sky)"/>
            <rect x="40" y="60" width="8" height="48" rx="4" fill="\(accent)"/>
            """)
    }

    mutating func rectangle(_ box: Box, radius: Double, fill: String, stroke: String? = nil, width: Double = 1.5) {
        let line = stroke.map { " stroke=\"\($0)\" stroke-width=\"\(number(width))\"" } ?? ""
        parts.append(
            "<rect x=\"\(number(box.x))\" y=\"\(number(box.y))\" width=\"\(number(box.width))\""
                + " height=\"\(number(box.height))\" rx=\"\(number(radius))\" fill=\"\(fill)\"\(line)/>")
    }

    mutating func circle(_ center: Point, radius: Double, fill: String, stroke: String? = nil, width: Double = 2) {
        let line = stroke.map { " stroke=\"\($0)\" stroke-width=\"\(number(width))\"" } ?? ""
        parts.append(
            "<circle cx=\"\(number(center.x))\" cy=\"\(number(center.y))\" r=\"\(number(radius))\""
                + " fill=\"\(fill)\"\(line)/>")
    }

    mutating func line(from: Point, to: Point, color: String, width: Double) {
        parts.append(
            "<line x1=\"\(number(from.x))\" y1=\"\(number(from.y))\" x2=\"\(number(to.x))\" y2=\"\(number(to.y))\""
                + " stroke=\"\(color)\" stroke-width=\"\(number(width))\" stroke-linecap=\"round\"/>")
    }

    /// The axis of a timeline.
    mutating func rule(from: Point, to: Point) {
        line(from: from, to: to, color: Palette.border, width: 6)
    }

    /// Lines of text where the layout puts them. `halo` keeps letters readable over a line.
    mutating func text(
        _ lines: [PictureLayout.Line], color: String, weight: Typeface.Weight, halo: Bool = false
    ) {
        let outline =
            halo ? " stroke=\"\(Palette.backgroundTop)\" stroke-width=\"5\" paint-order=\"stroke\"" : ""
        for line in lines {
            let middle = line.box.y + line.box.height / 2
            let baseline = middle + (Typeface.ascent - Typeface.descent) / 2 * line.size
            parts.append(
                "<text x=\"\(number(line.box.x + line.box.width / 2))\" y=\"\(number(baseline))\""
                    + " text-anchor=\"middle\" font-size=\"\(number(line.size))\" font-weight=\"\(weight.number)\""
                    + " fill=\"\(color)\"\(outline)>\(line.text.escapedForXML)</text>")
        }
    }

    /// A Bézier curve that ends in an arrow head.
    mutating func arrow(_ curve: [Point], tip: Point, scale: Double) {
        guard let start = curve.first, curve.count >= 4, let end = curve.last else { return }
        let length = max(9, 15 * scale)
        let before = curve.last { hypot($0.x - tip.x, $0.y - tip.y) > 2 } ?? start
        let angle = atan2(tip.y - before.y, tip.x - before.x)
        let base = Point(x: tip.x - length * cos(angle), y: tip.y - length * sin(angle))
        var path = "M\(pair(start))"
        for index in stride(from: 1, to: curve.count - 2, by: 3) {
            // The curve stops at the base of the head, or its round end would show beyond the tip.
            let isLast = index + 3 >= curve.count && hypot(end.x - tip.x, end.y - tip.y) < length
            path += "C\(pair(curve[index])) \(pair(curve[index + 1])) \(pair(isLast ? base : curve[index + 2]))"
        }
        if hypot(end.x - tip.x, end.y - tip.y) >= length { path += "L\(pair(base))" }
        let width = max(1.6, 2.6 * scale)
        parts.append(
            "<path d=\"\(path)\" fill=\"none\" stroke=\"\(Palette.line)\" stroke-width=\"\(number(width))\""
                + " stroke-linecap=\"round\" stroke-linejoin=\"round\"/>")
        func corner(_ side: Double) -> Point {
            Point(x: base.x - side * length * 0.5 * sin(angle), y: base.y + side * length * 0.5 * cos(angle))
        }
        parts.append(
            "<path d=\"M\(pair(tip))L\(pair(corner(1)))L\(pair(corner(-1)))Z\" fill=\"\(Palette.line)\""
                + " stroke=\"\(Palette.line)\" stroke-width=\"1.5\" stroke-linejoin=\"round\"/>")
    }

    /// A shape given by its own path data.
    mutating func path(_ data: String, fill: String, stroke: String? = nil, width: Double = 2) {
        let line =
            stroke.map {
                " stroke=\"\($0)\" stroke-width=\"\(number(width))\" stroke-linecap=\"round\" stroke-linejoin=\"round\""
            } ?? ""
        parts.append("<path d=\"\(data)\" fill=\"\(fill)\"\(line)/>")
    }

    mutating func shadow(_ box: Box, radius: Double, scale: Double) {
        for (spread, drop, opacity) in [(3.0, 4.0, "0.035"), (1.0, 2.5, "0.05")] {
            let wide = Box(
                x: box.x - spread * scale, y: box.y + (drop - spread) * scale, width: box.width + 2 * spread * scale,
                height: box.height + 2 * spread * scale)
            parts.append(
                "<rect x=\"\(number(wide.x))\" y=\"\(number(wide.y))\" width=\"\(number(wide.width))\""
                    + " height=\"\(number(wide.height))\" rx=\"\(number(radius + spread * scale))\""
                    + " fill=\"\(Palette.ink)\" fill-opacity=\"\(opacity)\"/>")
        }
    }

    private func pair(_ point: Point) -> String { "\(number(point.x)) \(number(point.y))" }

    private func number(_ value: Double) -> String {
        let rounded = (value * 100).rounded() / 100
        return rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)
    }
}
