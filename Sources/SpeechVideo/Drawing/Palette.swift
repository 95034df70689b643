/// The colours of every picture.
enum Palette {
    static let ink: String = "#1E2A44"
    static let muted: String = "#66728F"
    static let line: String = "#93A0BA"
    static let border: String = "#D7DEEC"
    static let card: String = "#FFFFFF"
    static let backgroundTop: String = "#F8FAFD"
    static let backgroundBottom: String = "#EDF1F8"
    static let white: String = "#FFFFFF"

    /// Colours that stand beside each other: columns, steps, branches.
    static let accents: [String] = ["#4763E4", "#D9731A", "#16936E", "#8250DF", "#CC3D74", "#0B86A0"]

    static func accent(_ index: Int) -> String { accents[index % accents.count] }

    /// The leading colour of a kind of diagram.
    static func leading(_ kind: Scene.Kind) -> Int {
        switch kind {
        case .flow: 0
        case .timeline: 1
        case .tree: 2
        case .cycle: 3
        case .comparison: 4
        case .keypoints: 5
        }
    }
}
