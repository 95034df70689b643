/// When the parts of a scene become visible, as pictures that follow each other. Times count from the scene's start.
struct RevealPlan: Hashable {
    /// One change of the picture: from now on these groups are hidden no more.
    struct Step: Hashable {
        var at: MediaTime
        var shown: [String]
    }

    /// A fade takes eight frames of 40 ms.
    static let frame: MediaTime = MediaTime(milliseconds: 40)
    static let fadeFrames: Int = 8
    static let fade: MediaTime = MediaTime(milliseconds: 320)
    /// Changes closer than this happen together: there must be room for the fade and a look at the result.
    static let closest: MediaTime = MediaTime(milliseconds: 400)
    /// The last change is over this long before the end.
    private static let rest: MediaTime = MediaTime(milliseconds: 600)
    /// A shorter scene has no room for fades and is complete from its first frame.
    private static let shortestWithFades: MediaTime = MediaTime(milliseconds: 1_000)

    let duration: MediaTime
    let steps: [Step]
    /// Everything that is not there from the start.
    let all: Set<String>

    init(scene: Scene, layout: PictureLayout) {
        let length = scene.end - scene.start
        duration = length
        let timed =
            length < RevealPlan.shortestWithFades
            ? [] : layout.elements.compactMap { element in element.t.map { (id: element.id, t: $0 - scene.start) } }
        all = Set(timed.map(\.id))
        let latest = max(.zero, length - RevealPlan.rest)
        var steps: [Step] = []
        // Sorting by id as well keeps the plan, and so the video, the same from run to run.
        for (id, t) in timed.sorted(by: { ($0.t, $0.id) < ($1.t, $1.id) }) {
            let at = min(max(t, .zero), latest)
            if let last = steps.last, at < last.at + RevealPlan.closest {
                steps[steps.count - 1].shown.append(id)
            } else {
                steps.append(Step(at: at, shown: [id]))
            }
        }
        self.steps = steps
    }

    /// The groups hidden in each still picture: before the first step, then after each step.
    var hidden: [Set<String>] {
        var left = all
        var result = [left]
        for step in steps {
            left.subtract(step.shown)
            result.append(left)
        }
        return result
    }

    /// When single frames of the still picture are shown: at the start of its time and then once a second.
    ///
    /// The last still ends in two frames of 40 ms, so that a segment ends on time also for players that give the last
    /// frame the length of the one before it.
    func holds(ofStill still: Int) -> [MediaTime] {
        let start = still == 0 ? MediaTime.zero : min(steps[still - 1].at + RevealPlan.fade, duration)
        let isLast = still == steps.count
        let closing = [duration - RevealPlan.frame - RevealPlan.frame, duration - RevealPlan.frame]
        let end = isLast ? closing[0] : steps[still].at
        var times: [MediaTime] = []
        var time = start
        while time < end {
            times.append(time)
            time = time + MediaTime(milliseconds: 1_000)
        }
        return isLast ? times + closing.filter { $0 >= start } : times
    }
}
