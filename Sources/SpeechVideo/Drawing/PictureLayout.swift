/// Where everything in one picture lies and when it appears: the content of `layout.json`.
///
/// Boxes are in pixels of the picture. The text of every element lies inside the element's box, and the boxes of
/// elements that have one do not overlap; tests prove both for generated scenes.
package struct PictureLayout: Hashable, Sendable, Codable {
    package var width: Double
    package var height: Double
    /// How much the diagram was scaled to fill the frame.
    package var scale: Double
    package var elements: [Element]

    /// One part of the picture: the group of the same id in the SVG.
    package struct Element: Hashable, Sendable, Codable {
        package var id: String
        package var kind: Kind
        /// When it appears, on the recording's clock; nil for what is there from the start.
        package var t: MediaTime?
        /// nil for a line without text.
        package var box: Box?
        package var lines: [Line]

        /// What an element is.
        package enum Kind: String, Hashable, Sendable, Codable {
            case title
            case counter
            case heading
            case node
            case edge
        }
    }

    /// One line of text and what it covers.
    package struct Line: Hashable, Sendable, Codable {
        package var text: String
        package var box: Box
        /// Size of the letters in pixels.
        package var size: Double
    }
}
