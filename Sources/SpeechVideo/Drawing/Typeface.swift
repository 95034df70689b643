/// Widths of the characters of Noto Sans CJK JP, so that a layout knows what its text will cover before it is drawn.
///
/// Latin advances are those of the font file, in thousandths of the size. Scripts the table does not name count as wide
/// as their widest letter, so that an estimate is never too small.
enum Typeface {
    static let family: String = "Noto Sans CJK JP"

    enum Weight: String, Hashable, Sendable, Codable {
        case regular
        case bold

        var number: Int { self == .bold ? 700 : 400 }
    }

    /// Share of the size above the baseline that letters cover.
    static let ascent: Double = 0.88
    /// Share of the size below the baseline that letters cover.
    static let descent: Double = 0.24

    static func width(of text: some StringProtocol, size: Double, weight: Weight) -> Double {
        let thousandths = text.unicodeScalars.reduce(0) { $0 + advance(of: $1, weight: weight) }
        return Double(thousandths) / 1_000 * size
    }

    private static func advance(of scalar: Unicode.Scalar, weight: Weight) -> Int {
        switch scalar.value {
        case 0..<0x20: 0
        case 0x20..<0x7F: (weight == .bold ? boldAdvances : regularAdvances)[Int(scalar.value) - 0x20]
        case 0xA0..<0x300: 1_000
        case 0x300..<0x370, 0x200B...0x200F, 0xFE00...0xFE0F: 0
        case 0x370..<0x1100: 1_064
        case 0xFF61...0xFF9F: 500
        case 0x1_0000...: 1_300
        default: 1_000
        }
    }

    private static let regularAdvances: [Int] = [
        224, 323, 474, 555, 555, 921, 680, 278, 338, 338, 467, 555, 278, 347, 278, 392, 555, 555, 555, 555, 555, 555,
        555,
        555, 555, 555, 278, 278, 555, 555, 555, 474, 946, 608, 657, 638, 688, 589, 552, 689, 728, 293, 535, 646, 543,
        812,
        723, 742, 633, 742, 635, 596, 599, 721, 575, 878, 573, 531, 603, 338, 392, 338, 555, 559, 606, 563, 618, 510,
        620,
        554, 325, 564, 607, 275, 275, 552, 284, 926, 610, 606, 620, 620, 388, 468, 377, 607, 521, 802, 498, 521, 475,
        338,
        270, 338, 555,
    ]

    private static let boldAdvances: [Int] = [
        227, 370, 574, 590, 590, 963, 740, 325, 378, 378, 507, 590, 325, 370, 325, 387, 590, 590, 590, 590, 590, 590,
        590,
        590, 590, 590, 325, 325, 590, 590, 590, 514, 1007, 641, 681, 656, 714, 615, 585, 717, 757, 330, 568, 686, 578,
        853,
        749, 770, 667, 770, 682, 624, 625, 748, 619, 915, 627, 580, 613, 378, 387, 378, 590, 567, 626, 591, 644, 527,
        644,
        581, 372, 597, 640, 304, 306, 604, 315, 964, 641, 626, 644, 644, 436, 495, 421, 637, 576, 863, 562, 574, 511,
        378,
        296, 378, 590,
    ]
}
