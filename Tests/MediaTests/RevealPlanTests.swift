import Testing

@testable import SpeechVideo

@Suite("when parts of a scene appear")
struct RevealPlanTests {
    private func plan(_ times: [Int64], length: Int64) -> RevealPlan {
        var scene = Samples.keypoints(.english, count: max(1, times.count))
        scene.start = MediaTime(milliseconds: 5_000)
        scene.end = MediaTime(milliseconds: 5_000 + length)
        let elements = times.enumerated().map { index, time in
            PictureLayout.Element(
                id: "node_n\(index)", kind: .node, t: MediaTime(milliseconds: 5_000 + time), box: nil, lines: [])
        }
        return RevealPlan(
            scene: scene, layout: PictureLayout(width: 1_280, height: 720, scale: 1, elements: elements))
    }

    @Test func `nodes appear at the times of their words`() {
        let plan = plan([800, 3_000, 9_999], length: 12_000)
        #expect(plan.steps.map(\.at.milliseconds) == [800, 3_000, 9_999])
        #expect(plan.hidden.map(\.count) == [3, 2, 1, 0])
    }

    @Test func `what is close together appears together, and nothing is lost`() {
        let plan = plan([1_000, 1_100, 1_399, 1_400, 20_000, -300], length: 10_000)
        #expect(plan.steps.map(\.at.milliseconds) == [0, 1_000, 1_400, 9_400])
        #expect(plan.hidden.last == [])
    }

    @Test(
        "pictures follow each other without gaps and end on time",
        arguments: [200, 999, 1_000, 1_017, 5_555, 45_000] as [Int64])
    func isCovered(length: Int64) {
        for times in [[], [0], [0, 500, 1_000], [400, 30_000], [length, length - 1]] as [[Int64]] {
            let plan = plan(times, length: length)
            var frames: [Int64] = []
            for still in 0...plan.steps.count {
                frames += plan.holds(ofStill: still).map(\.milliseconds)
                if still < plan.steps.count {
                    frames += (0..<8).map { plan.steps[still].at.milliseconds + $0 * 40 }
                }
            }
            #expect(frames.first == 0)
            #expect(frames == frames.sorted())
            #expect(Set(frames).count == frames.count)
            #expect(frames.last == length - 40)
            #expect(zip(frames, frames.dropFirst()).allSatisfy { $1 - $0 <= 1_000 })
        }
    }
}
