/// The scenes of a video in order: the content of `scenes.json`, which people may edit and send back.
package struct Storyboard: Hashable, Sendable, Codable {
    /// ISO 639-1 code of the language of titles and labels.
    package var language: String
    /// Length of the narration.
    package var duration: MediaTime
    /// Consecutive: each scene starts where the one before it ends, the first at zero, the last ends at `duration`.
    package var scenes: [Scene]

    package init(language: String, duration: MediaTime, scenes: [Scene]) {
        self.language = language
        self.duration = duration
        self.scenes = scenes
    }
}

/// One picture of the video: a diagram whose nodes appear as the narration names them.
package struct Scene: Hashable, Sendable, Codable {
    /// Number from 1, in order.
    package var id: Int
    package var start: MediaTime
    package var end: MediaTime
    package var title: String
    package var type: Kind
    package var direction: Direction
    package var nodes: [Node]
    package var edges: [Edge]
    /// The words of the narration that the picture rests on, verbatim.
    package var evidence: String
    /// Confidence in the chosen type, 0 to 1.
    package var score: Double
    /// `rules`, or the name of the language model.
    package var analyser: String
    /// True when a better analyser was asked for and could not be used.
    package var degraded: Bool?

    package init(
        id: Int, start: MediaTime, end: MediaTime, title: String, type: Kind, direction: Direction,
        nodes: [Node], edges: [Edge], evidence: String, score: Double, analyser: String, degraded: Bool? = nil
    ) {
        self.id = id
        self.start = start
        self.end = end
        self.title = title
        self.type = type
        self.direction = direction
        self.nodes = nodes
        self.edges = edges
        self.evidence = evidence
        self.score = score
        self.analyser = analyser
        self.degraded = degraded
    }

    /// What kind of diagram tells the scene best.
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// Steps or causes, one leading to the next.
        case flow
        /// A whole and its parts.
        case tree
        /// Steps that return to the first.
        case cycle
        /// Events in time.
        case timeline
        /// Two or more things beside each other, point by point.
        case comparison
        /// An outline card of the main points; always correct, used when no diagram is sure.
        case keypoints
    }

    /// Which way the picture reads.
    package enum Direction: String, Hashable, Sendable, Codable {
        case leftToRight = "LR"
        case topToBottom = "TB"
    }

    /// One box. Its label quotes the narration.
    package struct Node: Hashable, Sendable, Codable {
        /// Unique within the scene: lower-case letters, digits and underscores.
        package var id: String
        /// At most 40 characters.
        package var label: String
        /// When the narration reaches it: the moment the node appears.
        package var t: MediaTime
        /// In a comparison the side the node belongs to, else nil.
        package var group: String?

        package init(id: String, label: String, t: MediaTime, group: String? = nil) {
            self.id = id
            self.label = label
            self.t = t
            self.group = group
        }
    }

    /// One arrow between two nodes of the scene.
    package struct Edge: Hashable, Sendable, Codable {
        package var from: String
        package var to: String
        package var label: String
        package var t: MediaTime

        package init(from: String, to: String, label: String = "", t: MediaTime) {
            self.from = from
            self.to = to
            self.label = label
            self.t = t
        }
    }
}
