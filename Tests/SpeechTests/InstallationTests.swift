import Foundation
import Model
import Testing

@testable import SpeechVideo

@Suite struct InstallationTests {
    @Test("without an installation a transcription names the command that makes one")
    func nothingThere() async throws {
        try await SpeechFixture.withFolder { folder in
            let helper = try helper(in: folder)
            let recogniser = WhisperRecogniser(installation: .init(folder: folder, helper: helper))
            #expect(recogniser.model == "base")
            let failure = await #expect(throws: JobFailure.self) {
                try await recogniser.transcribe(folder, duration: .zero, options: .init(), scratch: folder) { _ in }
            }
            #expect(failure?.message.contains("scripts/setup-speech") == true)
            #expect(failure?.code == "speech-not-installed" && failure?.retryable == false)
        }
    }

    @Test("a missing model is named, with what there is and how to get it")
    func missingModel() async throws {
        try await SpeechFixture.withFolder { folder in
            let installation = SpeechInstallation(folder: folder, helper: try helper(in: folder))
            try write(index: ["base", "silero-vad"], in: folder)
            for (name, command) in [("tiny.en", "--tiny-en"), ("small", "--model small=FILE")] {
                let failure = #expect(throws: JobFailure.self) { try installation.complete(model: name) }
                #expect(failure?.message.contains(command) == true)
                #expect(failure?.message.contains("There are: base.") == true)
            }
            try FileManager.default.removeItem(at: folder.appending(path: "base.bin"))
            let failure = #expect(throws: JobFailure.self) { try installation.complete(model: "base") }
            #expect(failure?.message.contains("base.bin is missing") == true)
        }
    }

    @Test("a missing helper is named, with the command that builds it")
    func missingHelper() async throws {
        try await SpeechFixture.withFolder { folder in
            try write(index: ["base", "silero-vad"], in: folder)
            let installation = SpeechInstallation(folder: folder, program: folder.appending(path: "suisha"))
            let failure = #expect(throws: JobFailure.self) { try installation.complete(model: "base") }
            #expect(failure?.message.contains("swift build --product suisha-transcribe") == true)
        }
    }

    @Test("a model by path is known by its content")
    func modelByPath() async throws {
        try await SpeechFixture.withFolder { folder in
            let file = folder.appending(path: "own.bin")
            try Data("abc".utf8).write(to: file)
            let recogniser = WhisperRecogniser(installation: .init(folder: folder), model: file.path)
            let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            #expect(recogniser.model == "own@\(hash)")
        }
    }

    @Test("the folder beside an installed program comes before the one of a build")
    func places() async throws {
        try await SpeechFixture.withFolder { folder in
            let program = folder.appending(path: "bin/suisha")
            let built = folder.appending(path: ".build-speech")
            let installed = folder.appending(path: "share/suisha/speech")
            try FileManager.default.createDirectory(at: built, withIntermediateDirectories: true)
            #expect(SpeechInstallation(program: program).folder.path == built.path)
            try FileManager.default.createDirectory(at: installed, withIntermediateDirectories: true)
            #expect(SpeechInstallation(program: program).folder.path == installed.path)
            #expect(SpeechInstallation(folder: built, program: program).folder.path == built.path)
        }
    }

    private func helper(in folder: URL) throws -> URL {
        let file = folder.appending(path: SpeechInstallation.helperName)
        try Data("#!/bin/sh\n".utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        return file
    }

    private func write(index names: [String], in folder: URL) throws {
        let models = names.map { #"{"name": "\#($0)", "file": "\#($0).bin", "sha256": "00"}"# }
        let index = #"{"engine": "whisper.cpp 1.8.5", "models": [\#(models.joined(separator: ","))]}"#
        try Data(index.utf8).write(to: folder.appending(path: "models.json"))
        for name in names { try Data("lmgg".utf8).write(to: folder.appending(path: "\(name).bin")) }
    }
}
