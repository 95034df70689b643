/// Where the parts of a diagram lie, in coordinates of their own, before they are fitted into the frame.
struct Arrangement {
    var cards: [Card] = []
    var routes: [Route] = []
    /// Lines that belong to no edge, for example the axis of a timeline. They are there from the start.
    var rules: [Rule] = []

    /// A box with text: a node, or the heading of a column.
    struct Card {
        /// Id of the group in the SVG.
        var id: String
        var kind: PictureLayout.Element.Kind
        var t: MediaTime
        var box: Box
        var text: TextBlock
        var look: Look
        /// Index into the accents of the palette.
        var accent: Int
        /// Text starts at this distance from the left edge; nil centres it.
        var textInset: Double?
        /// A line and a dot that tie the card to the axis of a timeline.
        var stem: Stem?
    }

    enum Look: Hashable {
        /// White, with a coloured bar on its left.
        case plain
        /// Filled with the accent.
        case filled
        /// A row with a numbered disc.
        case point(number: Int)
    }

    struct Stem: Hashable {
        var from: Point
        var to: Point
    }

    /// A line from card to card, as the points of cubic Bézier curves: one start, then three for each curve.
    struct Route {
        var id: String
        var t: MediaTime
        var curve: [Point]
        /// The tip of the arrow.
        var tip: Point
        var label: TextBlock = .empty
        var labelBox: Box?
    }

    struct Rule: Hashable {
        var from: Point
        var to: Point
    }

    /// Everything that must stay inside the frame.
    var bounds: Box {
        var boxes = cards.map(\.box) + routes.compactMap(\.labelBox)
        let points =
            routes.flatMap { $0.curve + [$0.tip] } + rules.flatMap { [$0.from, $0.to] }
            + cards.compactMap(\.stem).flatMap { [$0.from, $0.to] }
        boxes += points.map { Box(x: $0.x, y: $0.y, width: 0, height: 0) }
        guard let first = boxes.first else { return Box(x: 0, y: 0, width: 1, height: 1) }
        return boxes.dropFirst().reduce(first) { $0.union($1) }
    }

    /// How large the arrangement can be drawn in the frame.
    var scale: Double {
        let bounds = self.bounds
        return min(Frame.largestScale, Frame.content.width / bounds.width, Frame.content.height / bounds.height)
    }

    /// True when no card or label lies on another.
    var isClear: Bool {
        let boxes = cards.map(\.box) + routes.compactMap(\.labelBox)
        for (index, box) in boxes.enumerated() {
            for other in boxes[(index + 1)...] where box.overlaps(other) { return false }
        }
        return true
    }
}

/// The picture's fixed measures.
enum Frame {
    static let width: Double = 1_280
    static let height: Double = 720
    /// Where diagrams are placed.
    static let content: Box = Box(x: 72, y: 142, width: 1_136, height: 506)
    static let largestScale: Double = 1.3
}
