/// How cards and the footer look.
extension SVGPen {
    mutating func card(_ card: Arrangement.Card, placed place: Placement, lines: [PictureLayout.Line]) {
        let box = place(card.box)
        let scale = place.scale
        let accent = Palette.accent(card.accent)
        let radius = 14 * scale
        if let stem = card.stem {
            line(from: place(stem.from), to: place(stem.to), color: accent, width: 3 * scale)
        }
        shadow(box, radius: radius, scale: scale)
        switch card.look {
        case .filled:
            rectangle(box, radius: radius, fill: accent)
            text(lines, color: Palette.white, weight: card.text.weight)
        case .plain:
            rectangle(box, radius: radius, fill: Palette.card, stroke: Palette.border)
            let bar = Box(
                x: box.x + 9 * scale, y: box.y + 15 * scale, width: 5 * scale, height: box.height - 30 * scale)
            rectangle(bar, radius: 2.5 * scale, fill: accent)
            text(lines, color: Palette.ink, weight: card.text.weight)
        case .point(let number):
            rectangle(box, radius: radius, fill: Palette.card, stroke: Palette.border)
            let center = Point(x: box.x + 44 * scale, y: box.center.y)
            circle(center, radius: 21 * scale, fill: accent)
            let size = 20 * scale
            let width = Typeface.width(of: "\(number)", size: size, weight: .bold)
            let label = PictureLayout.Line(
                text: "\(number)", box: Box(center: center, width: width, height: size * 1.32), size: size)
            text([label], color: Palette.white, weight: .bold)
            text(lines, color: Palette.ink, weight: card.text.weight)
        }
        if let stem = card.stem {
            circle(place(stem.from), radius: 9 * scale, fill: Palette.white, stroke: accent, width: 4 * scale)
        }
    }

    /// A small sign of the kind of diagram, five dots of confidence, and how far the video has come.
    mutating func footer(scene: Scene, count: Int) {
        let accent = Palette.accent(Palette.leading(scene.type))
        group("footer") { pen in
            pen.sign(of: scene.type, color: accent)
            let sure = Int((min(1, max(0, scene.score)) * 5).rounded())
            for dot in 0..<5 {
                pen.circle(
                    Point(x: 124 + Double(dot) * 16, y: 680), radius: 4,
                    fill: dot < sure ? accent : Palette.border)
            }
            let all = Box(x: 828, y: 677, width: 380, height: 6)
            let shown = min(count, 40)
            let step = all.width / Double(max(1, shown))
            let current = shown == count ? scene.id : scene.id * shown / max(1, count)
            for part in 0..<shown {
                let bar = Box(x: all.x + Double(part) * step + 2, y: all.y, width: max(2, step - 4), height: all.height)
                pen.rectangle(bar, radius: 3, fill: part < current ? accent : Palette.border)
            }
        }
    }

    /// Signs need no words, so that they are the same in every language.
    private mutating func sign(of kind: Scene.Kind, color: String) {
        switch kind {
        case .flow:
            rectangle(Box(x: 72, y: 674, width: 10, height: 12), radius: 3, fill: color)
            path("M84 680H92M89 677L92 680L89 683", fill: "none", stroke: color)
            rectangle(Box(x: 94, y: 674, width: 10, height: 12), radius: 3, fill: color)
        case .tree:
            path("M88 676V680M77 684V680H99V684", fill: "none", stroke: color)
            circle(Point(x: 88, y: 673), radius: 4, fill: color)
            circle(Point(x: 77, y: 686), radius: 4, fill: color)
            circle(Point(x: 99, y: 686), radius: 4, fill: color)
        case .cycle:
            path("M97 675A10 10 0 1 0 98 680M98 670V676H92", fill: "none", stroke: color, width: 2.5)
        case .timeline:
            path("M72 680H104", fill: "none", stroke: color)
            for x in [77.0, 88, 99] { circle(Point(x: x, y: 680), radius: 4, fill: color) }
        case .comparison:
            rectangle(Box(x: 73, y: 671, width: 13, height: 18), radius: 3, fill: color)
            rectangle(Box(x: 90, y: 671, width: 13, height: 18), radius: 3, fill: "none", stroke: color, width: 2)
        case .keypoints:
            for y in [673.0, 680, 687] {
                circle(Point(x: 76, y: y), radius: 2.5, fill: color)
                line(from: Point(x: 84, y: y), to: Point(x: 103, y: y), color: color, width: 2.5)
            }
        }
    }
}
