extension Storyboard {
    /// What is wrong with edited scenes, in a sentence that names the scene and what to do.
    package struct Mistake: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    /// The most scenes of one video.
    static let maximumScenes: Int = 1_000

    /// Checks scenes that people have edited: numbered, without gaps, each drawable.
    ///
    /// - Throws: ``Mistake`` for the first thing that is wrong.
    package func validate() throws {
        guard !scenes.isEmpty else { throw Mistake("There are no scenes: send at least one.") }
        guard scenes.count <= Self.maximumScenes else {
            throw Mistake("There are \(scenes.count) scenes; a video has at most \(Self.maximumScenes).")
        }
        guard duration <= MediaLimits().duration else {
            throw Mistake(
                "The scenes last \(duration.seconds) s; a video has at most \(MediaLimits().duration.seconds) s.")
        }
        var end = MediaTime.zero
        for (index, scene) in scenes.enumerated() {
            guard scene.id == index + 1 else {
                throw Mistake("Scene \(index + 1) has the id \(scene.id); number the scenes 1, 2, 3 … in order.")
            }
            guard scene.start == end else {
                throw Mistake(
                    "Scene \(scene.id) starts at \(scene.start.seconds) s; it must start at \(end.seconds) s, where the one before ends."
                )
            }
            try scene.validate()
            end = scene.end
        }
        guard end == duration else {
            throw Mistake(
                "The last scene ends at \(end.seconds) s; it must end at \(duration.seconds) s, the duration.")
        }
    }
}

extension Scene {
    /// The most nodes that one picture shows.
    static let maximumNodes: Int = 40
    /// The most edges of one picture.
    static let maximumEdges: Int = 120
    /// The longest label.
    static let longestLabel: Int = 40
    /// The longest title.
    static let longestTitle: Int = 120

    fileprivate func validate() throws {
        guard end > start else {
            throw Storyboard.Mistake("Scene \(id) ends at \(end.seconds) s, not after its start at \(start.seconds) s.")
        }
        guard !title.isEmpty, title.count <= Self.longestTitle else {
            throw Storyboard.Mistake("The title of scene \(id) must have 1 to \(Self.longestTitle) characters.")
        }
        guard (1...Self.maximumNodes).contains(nodes.count) else {
            throw Storyboard.Mistake(
                "Scene \(id) has \(nodes.count) nodes; a picture has 1 to \(Self.maximumNodes). Split or fill the scene."
            )
        }
        var known: Set<String> = []
        for node in nodes {
            guard node.id.wholeMatch(of: /[a-z0-9_]{1,40}/) != nil else {
                throw Storyboard.Mistake(
                    "The node id '\(node.id.prefix(40))' of scene \(id) must be lower-case letters, digits and underscores."
                )
            }
            guard known.insert(node.id).inserted else {
                throw Storyboard.Mistake("Scene \(id) has two nodes with the id '\(node.id)'.")
            }
            guard node.label.contains(where: { !$0.isWhitespace }), node.label.count <= Self.longestLabel else {
                throw Storyboard.Mistake(
                    "The label of node '\(node.id)' in scene \(id) must have 1 to \(Self.longestLabel) characters.")
            }
            try check(node.t, of: "node '\(node.id)'")
        }
        guard edges.count <= Self.maximumEdges else {
            throw Storyboard.Mistake(
                "Scene \(id) has \(edges.count) edges; a picture has at most \(Self.maximumEdges).")
        }
        for edge in edges {
            for end in [edge.from, edge.to] where !known.contains(end) {
                throw Storyboard.Mistake(
                    "An edge of scene \(id) names the node '\(end.prefix(40))', which is not there.")
            }
            guard edge.label.count <= Self.longestLabel else {
                throw Storyboard.Mistake("The label '\(edge.label.prefix(20))…' in scene \(id) is too long.")
            }
            try check(edge.t, of: "the edge from '\(edge.from)' to '\(edge.to)'")
        }
    }

    private func check(_ time: MediaTime, of what: String) throws {
        guard time >= start, time <= end else {
            throw Storyboard.Mistake(
                "In scene \(id), \(what) appears at \(time.seconds) s, outside of \(start.seconds) to \(end.seconds) s."
            )
        }
    }
}
