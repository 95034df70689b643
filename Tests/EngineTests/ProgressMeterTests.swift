import Engine
import Model
import Storage
import Testing

@Suite("A8: progress and remaining time")
struct ProgressMeterTests {
    private static let stages: [ProgressMeter.Stage] = [
        .init("first", rateKey: "first", units: 10, defaultSecondsPerUnit: 1),
        .init("second", rateKey: "second", units: 30, defaultSecondsPerUnit: 1),
    ]

    @Test("a stage weighs what it is expected to take")
    func weights() {
        var meter = ProgressMeter(stages: Self.stages, rates: [:])
        meter.begin("second", at: .zero)
        #expect(meter.progress(stage: "second", operation: nil, at: .zero).percent == 25)
        meter.advance("second", to: 0.5, at: .seconds(15))
        #expect(meter.progress(stage: "second", operation: nil, at: .seconds(15)).percent == 62.5)
    }

    @Test("percent never goes back, even when there turns out to be more work")
    func neverBack() {
        var meter = ProgressMeter(stages: Self.stages, rates: [:])
        meter.begin("first", at: .zero)
        var last = 0.0
        for step in 0...200 {
            if step % 40 == 0 { meter.setUnits(Double(step * 100), ofStage: "second") }
            meter.advance("first", to: Double((step * 37) % 101) / 100, at: .seconds(step))
            let percent = meter.progress(stage: "first", operation: nil, at: .seconds(step)).percent
            #expect(percent >= last)
            last = percent
        }
    }

    @Test("one number only after three measured runs of what is left")
    func rangeUntilMeasured() {
        for samples in 0...4 {
            let rates = ["second": StageRate(samples: samples, secondsPerUnit: 2)]
            var meter = ProgressMeter(stages: Self.stages, rates: rates)
            meter.begin("first", at: .zero)
            meter.advance("first", to: 0.5, at: .seconds(5))
            let eta = meter.progress(stage: "first", operation: nil, at: .seconds(5)).eta
            #expect((eta?.lowMilliseconds == eta?.highMilliseconds) == (samples >= 3))
        }
    }

    @Test("the running stage's own speed decides once a tenth is done")
    func ownSpeedDecides() {
        let rates = [
            "first": StageRate(samples: 3, secondsPerUnit: 1), "second": StageRate(samples: 3, secondsPerUnit: 1),
        ]
        var meter = ProgressMeter(stages: Self.stages, rates: rates)
        meter.begin("first", at: .zero)
        meter.advance("first", to: 0.5, at: .seconds(20))
        // Half of the first took 20 s, so the other half takes 20 s too, and the second 30 s.
        let eta = meter.progress(stage: "first", operation: nil, at: .seconds(20)).eta
        #expect(eta?.lowMilliseconds == 50_000)
        // While it says nothing new the time runs on, and never below what the others take.
        #expect(meter.progress(stage: "first", operation: nil, at: .seconds(26)).eta?.lowMilliseconds == 44_000)
        #expect(meter.progress(stage: "first", operation: nil, at: .seconds(90)).eta?.lowMilliseconds == 30_000)
    }

    @Test("a reused result teaches nothing about speed")
    func reuseIsNotMeasured() {
        var meter = ProgressMeter(stages: Self.stages, rates: [:])
        meter.begin("first", at: .zero)
        #expect(meter.end("first", at: .seconds(1), reused: true) == nil)
        meter.begin("second", at: .seconds(1))
        let measured = meter.end("second", at: .seconds(16), reused: false)
        #expect(measured?.key == "second" && measured?.units == 30 && measured?.seconds == 15)
    }

    @Test("what makes no sense is ignored", arguments: [Double.nan, .infinity, -1])
    func nonsense(share: Double) {
        var meter = ProgressMeter(stages: Self.stages, rates: [:])
        meter.begin("first", at: .zero)
        meter.advance("first", to: 0.2, at: .zero)
        meter.advance("first", to: share, at: .zero)
        meter.advance("unknown", to: 1, at: .zero)
        #expect(meter.progress(stage: "first", operation: nil, at: .seconds(1)).percent == 5)
    }
}
