import Foundation

/// One scene in the frame: the SVG and the account of where everything lies, made together so that they agree.
struct Picture {
    let scene: Scene
    let count: Int
    let arrangement: Arrangement

    /// The diagram at the largest scale that fits, in the middle of the content area.
    private var placement: Placement {
        let bounds = arrangement.bounds
        let scale = arrangement.scale
        let content = Frame.content
        return Placement(
            scale: scale, x: content.center.x - bounds.center.x * scale, y: content.center.y - bounds.center.y * scale)
    }

    private var title: TextBlock {
        let width = Frame.content.width - 130
        for size in [38.0, 34, 30, 26] {
            let block = TextBlock(scene.title, size: size, weight: .bold, width: width)
            if block.lines.count <= (size > 36 ? 1 : 2) { return block }
        }
        return TextBlock(scene.title, size: 26, weight: .bold, width: width).limited(to: 2, width: width)
    }

    private var titleBox: Box {
        let block = title
        return Box(x: 72, y: 84 - block.height / 2, width: Frame.content.width - 130, height: block.height)
    }

    private var counterBox: Box { Box(x: Frame.content.maxX - 110, y: 64, width: 110, height: 40) }

    var layout: PictureLayout {
        let place = placement
        var elements: [PictureLayout.Element] = [
            element("title", .title, nil, titleBox, title, inset: 0, scale: 1),
            element(
                "counter", .counter, nil, counterBox,
                TextBlock("\(scene.id) / \(count)", size: 20, weight: .bold, width: 110), inset: nil, scale: 1),
        ]
        elements += arrangement.cards.map { card in
            element(
                card.id, card.kind, card.t, place(card.box), card.text, inset: card.textInset.map { $0 * place.scale },
                scale: place.scale)
        }
        elements += arrangement.routes.map { route in
            element(
                route.id, .edge, route.t, route.labelBox.map { place($0) }, route.label, inset: nil, scale: place.scale)
        }
        return PictureLayout(width: Frame.width, height: Frame.height, scale: place.scale, elements: elements)
    }

    private func element(
        _ id: String, _ kind: PictureLayout.Element.Kind, _ t: MediaTime?, _ box: Box?, _ block: TextBlock,
        inset: Double?, scale: Double
    ) -> PictureLayout.Element {
        let lines = box.map { self.lines(of: block, in: $0, inset: inset, scale: scale) } ?? []
        return PictureLayout.Element(id: id, kind: kind, t: t, box: box, lines: lines)
    }

    private func lines(of block: TextBlock, in box: Box, inset: Double?, scale: Double) -> [PictureLayout.Line] {
        let size = block.size * scale
        let top = box.center.y - block.height * scale / 2
        return block.lines.enumerated().map { index, text in
            let width = Typeface.width(of: text, size: size, weight: block.weight)
            let x = inset.map { box.x + $0 } ?? box.center.x - width / 2
            let height = block.lineHeight * scale
            return PictureLayout.Line(
                text: text, box: Box(x: x, y: top + Double(index) * height, width: width, height: height), size: size)
        }
    }

    var svg: String {
        let place = placement
        let layout = self.layout
        let lines = Dictionary(layout.elements.map { ($0.id, $0.lines) }, uniquingKeysWith: { first, _ in first })
        var pen = SVGPen()
        pen.open(title: scene.title)
        pen.backdrop(accent: Palette.accent(Palette.leading(scene.type)))
        pen.group("title") { $0.text(lines["title"] ?? [], color: Palette.ink, weight: .bold) }
        pen.group("counter") { pen in
            pen.rectangle(counterBox, radius: 20, fill: Palette.white, stroke: Palette.border)
            pen.text(lines["counter"] ?? [], color: Palette.muted, weight: .bold)
        }
        pen.footer(scene: scene, count: count)
        for rule in arrangement.rules { pen.rule(from: place(rule.from), to: place(rule.to)) }
        for route in arrangement.routes {
            pen.group(route.id) { pen in
                pen.arrow(route.curve.map { place($0) }, tip: place(route.tip), scale: place.scale)
                pen.text(lines[route.id] ?? [], color: Palette.muted, weight: .regular, halo: true)
            }
        }
        for card in arrangement.cards {
            pen.group(card.id) { $0.card(card, placed: place, lines: lines[card.id] ?? []) }
        }
        return pen.close()
    }
}
