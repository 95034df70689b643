import Conformance
import Crypto
import Endpoints
import Foundation
import Model
import Storage
import Tenancy
import Testing

@Suite("The audit log (B8)")
struct AuditLogTests {
    /// A workspace whose log has that many entries.
    private func log(_ trial: TenantTrial, entries count: Int) async throws -> Caller {
        let caller = Caller.server(in: WorkspaceID())
        try await trial.database.write { connection throws(StorageError) in
            for number in 1...count {
                try connection.audit(
                    AuditRecord("test.done", by: caller, target: "thing \(number)", detail: ["n": "\(number)"]),
                    in: caller.workspace)
            }
        }
        return caller
    }

    @Test("entries form one chain, however many write at once", arguments: DatabaseFixture.all)
    func chain(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let caller = Caller.server(in: WorkspaceID())
            _ = try await atOnce(40) { number in
                try await trial.audit.recordRefusal("jobs.submit", by: caller, target: "\(number)", reason: "no")
            }
            let entries = try await trial.audit.entries(in: caller.workspace, limit: 1_000)
            #expect(entries.map(\.sequence) == Array((1...40).reversed()))
            let verification = try await trial.audit.verify(caller.workspace)
            #expect(verification.problem == nil && verification.entries == 40)
            #expect(verification.hash == entries.first?.hash)
        }
    }

    @Test("an entry goes with the change that it tells of", arguments: DatabaseFixture.all)
    func rollback(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let caller = try await log(trial, entries: 2)
            await expectProblem(.conflict) {
                try await trial.database.transact { connection in
                    try connection.audit(AuditRecord("lost", by: caller), in: caller.workspace)
                    throw Problem(.conflict, "undone")
                }
            }
            #expect(try await trial.audit.entries(in: caller.workspace).count == 2)
            #expect(try await trial.audit.verify(caller.workspace).problem == nil)
        }
    }

    @Test("an entry says with which API key it was done, and is found by it", arguments: DatabaseFixture.all)
    func keys(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let (user, workspace) = (UserID(), WorkspaceID())
            let (key, other) = (APIKeyID(), APIKeyID())
            @Sendable func caller(_ key: APIKeyID?) -> Caller {
                Caller(Principal(actor: .user(user), workspace: workspace, permissions: [], key: key))
            }
            try await trial.database.write { connection throws(StorageError) in
                try connection.audit(
                    AuditRecord("a", by: caller(key), detail: ["name": "x"]), AuditRecord("b", by: caller(nil)),
                    // Whoever writes the id of a key into a text has not acted with it.
                    AuditRecord("c", by: caller(other), detail: ["name": "\",\"key\":\"\(key)\",\""]),
                    AuditRecord("d", by: caller(nil), detail: ["name": "\"key\":\"\(key)\""]),
                    AuditRecord(refused: "e", to: caller(key), reason: "no"), in: workspace)
            }
            func actions(_ actor: String) async throws -> [String] {
                try await trial.audit.entries(in: workspace, filter: .init(actor: actor)).map(\.action)
            }
            #expect(try await actions(key.description) == ["e", "a"])
            #expect(try await actions(other.description) == ["c"])
            #expect(try await actions(user.description) == ["e", "d", "c", "b", "a"])
            let first = try #require(try await trial.audit.entries(in: workspace, filter: .init(action: "a")).first)
            #expect(try first.detail.decode([String: String].self) == ["name": "x", "key": key.description])
            #expect(try await trial.audit.verify(workspace).problem == nil)
        }
    }

    private static let attacks: [(name: String, sql: [String], words: String)] = [
        (
            "an edit", ["UPDATE audit_entry SET target = 'other' WHERE workspace = $1 AND seq = 5"],
            "not what was written"
        ),
        (
            "an edit of who did it", ["UPDATE audit_entry SET actor = 'user_x' WHERE workspace = $1 AND seq = 9"],
            "not what was written"
        ),
        (
            "an edit with a new hash", ["UPDATE audit_entry SET hash = previous_hash WHERE workspace = $1 AND seq = 5"],
            "not what was written"
        ),
        ("a deletion", ["DELETE FROM audit_entry WHERE workspace = $1 AND seq = 5"], "Entry 5 is missing"),
        ("a deletion of the first", ["DELETE FROM audit_entry WHERE workspace = $1 AND seq = 1"], "Entry 1 is missing"),
        (
            "a deletion with new numbers",
            [
                "DELETE FROM audit_entry WHERE workspace = $1 AND seq = 9",
                "UPDATE audit_entry SET seq = 9 WHERE workspace = $1 AND seq = 10",
                "UPDATE audit_head SET seq = 9 WHERE workspace = $1",
            ], "does not follow"
        ),
        (
            "another order",
            [
                "UPDATE audit_entry SET seq = 99 WHERE workspace = $1 AND seq = 4",
                "UPDATE audit_entry SET seq = 4 WHERE workspace = $1 AND seq = 5",
                "UPDATE audit_entry SET seq = 5 WHERE workspace = $1 AND seq = 99",
            ], "does not follow"
        ),
        ("a missing end", ["DELETE FROM audit_entry WHERE workspace = $1 AND seq >= 9"], "its end is gone"),
        ("everything gone", ["DELETE FROM audit_entry WHERE workspace = $1"], "its end is gone"),
        ("another head", ["UPDATE audit_head SET seq = 9 WHERE workspace = $1"], "was changed"),
    ]

    @Test("a check finds an edit, a deletion, another order and a missing end", arguments: DatabaseFixture.all)
    func tampering(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            for attack in Self.attacks {
                let workspace = try await log(trial, entries: 10).workspace
                #expect(try await trial.audit.verify(workspace).problem == nil)
                try await trial.database.write { connection throws(StorageError) in
                    for statement in attack.sql { try connection.execute(statement, [SQLValue(workspace)]) }
                }
                let problem = try await trial.audit.verify(workspace).problem
                #expect(problem?.contains(attack.words) == true, "\(attack.name): \(problem ?? "nothing found")")
            }
        }
    }

    @Test("a hash kept elsewhere finds a log that was put back with its head", arguments: DatabaseFixture.all)
    func anchor(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let workspace = try await log(trial, entries: 10).workspace
            let noted = try await trial.audit.verify(workspace)
            let anchor = try #require(AuditVerification.Anchor("\(noted.entries):\(noted.hash)"))
            #expect(try await trial.audit.verify(workspace, anchor: anchor).problem == nil)
            try await trial.database.write { connection throws(StorageError) in
                try connection.execute(
                    """
                    UPDATE audit_head SET seq = 8,
                        hash = (SELECT hash FROM audit_entry WHERE workspace = $1 AND seq = 8) WHERE workspace = $1
                    """, [SQLValue(workspace)])
                try connection.execute(
                    "DELETE FROM audit_entry WHERE workspace = $1 AND seq > 8", [SQLValue(workspace)])
            }
            #expect(try await trial.audit.verify(workspace).problem == nil, "the chain alone cannot tell")
            #expect(try await trial.audit.verify(workspace, anchor: anchor).problem?.contains("10") == true)
            #expect(AuditVerification.Anchor("10:abc") == nil)
        }
    }

    @Test("entries are found by what they say, in pages", arguments: DatabaseFixture.all)
    func filter(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let company = try await trial.company()
            let editor = try await company.join("editor")
            try await trial.audit.recordRefusal("jobs.submit", by: company.caller(editor), reason: "quota")
            let all = try await trial.audit.entries(in: company.id)
            func actions(_ filter: AuditFilter) async throws -> [String] {
                try await trial.audit.entries(in: company.id, filter: filter).map(\.action)
            }
            #expect(try await actions(.init(action: "invite.")) == ["invite.accepted", "invite.created"])
            #expect(try await actions(.init(action: "invite.accepted")) == ["invite.accepted"])
            for text in ["%.", "_nvite.", "' OR '1'='1", "x'; DROP TABLE audit_entry; --."] {
                #expect(try await actions(.init(action: text)).isEmpty, "\(text)")
                #expect(try await actions(.init(actor: text, target: text)).isEmpty, "\(text)")
            }
            #expect(try await actions(.init(outcome: .refused)) == ["jobs.submit"])
            #expect(try await actions(.init(actor: editor.description)) == ["jobs.submit", "invite.accepted"])
            #expect(try await actions(.init(until: all.last?.at)).isEmpty)
            #expect(try await actions(.init(from: all.first?.at)).first == "jobs.submit")
            var seen: [Int64] = []
            while true {
                let page = try await trial.audit.entries(in: company.id, before: seen.last, limit: 2)
                seen += page.map(\.sequence)
                if page.count < 2 { break }
            }
            #expect(seen == all.map(\.sequence))
            #expect(try await trial.audit.entries(in: WorkspaceID()).isEmpty)
        }
    }

    @Test("an export has every entry, and no cell of its table is a formula", arguments: DatabaseFixture.all)
    func export(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let caller = try await log(trial, entries: 1_200)
            let evil = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1", "a\"b,c\r\nd", "|calc", "%0A=1"]
            for target in evil {
                try await trial.audit.recordRefusal("x", by: caller, target: target, reason: "r")
            }
            var lines: [String] = []
            for try await part in trial.audit.export(from: caller.workspace, as: .jsonLines) {
                lines += part.split(separator: "\n").map(String.init)
            }
            #expect(lines.count == 1_210)
            #expect(try JSONText(trusted: lines[0]).decode([String: JSONText].self)["seq"]?.text == "1")
            var table = ""
            for try await part in trial.audit.export(
                from: caller.workspace, filter: .init(outcome: .refused), as: .csv)
            {
                table += part
            }
            #expect(table.hasPrefix("seq,at,actor,"))
            for cell in Self.cells(table) {
                let first = cell.trimmingPrefix { $0.isWhitespace }.first
                #expect(first.map { !"=+-@|%＝".contains($0) } ?? true, "\(cell)")
            }
            #expect(Self.cells(table).contains("a\"b,c\r\nd"))
        }
    }

    /// The cells of a table as a spreadsheet reads them.
    private static func cells(_ table: String) -> [String] {
        var (cells, cell, isQuoted): ([String], String, Bool) = ([], "", false)
        let scalars = Array(table.unicodeScalars)
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            if isQuoted {
                if scalar == "\"", index + 1 < scalars.count, scalars[index + 1] == "\"" {
                    cell.unicodeScalars.append(scalar)
                    index += 1
                } else if scalar == "\"" {
                    isQuoted = false
                } else {
                    cell.unicodeScalars.append(scalar)
                }
            } else if scalar == "\"" {
                isQuoted = true
            } else if scalar == "," || scalar == "\n" {
                cells.append(cell)
                cell = ""
            } else if scalar != "\r" {
                cell.unicodeScalars.append(scalar)
            }
            index += 1
        }
        return cells
    }

    @Test("on PostgreSQL each month has a partition, made ahead", arguments: DatabaseFixture.all)
    func partitions(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let caller = try await log(trial, entries: 3)
            let partitions = AuditPartitions(database: trial.database)
            let made = try await partitions.prepare()
            guard trial.database.dialect.isPostgres else {
                #expect(made.isEmpty)
                return
            }
            #expect(made.count == 3)
            #expect(try await partitions.prepare().isEmpty)
            let counts = try await trial.database.read { connection throws(StorageError) in
                try [
                    connection.row("SELECT COUNT(*) AS n FROM audit_entry_default").integer("n"),
                    connection.row("SELECT COUNT(*) AS n FROM \(made[0]) WHERE actor = 'server'").integer("n"),
                ]
            }
            #expect(counts == [0, 3], "what lay in the default partition was moved")
            trial.trial.clock.advance(by: .seconds(62 * 86_400))
            try await trial.audit.recordRefusal("later", by: caller, reason: "r")
            #expect(try await trial.audit.verify(caller.workspace).entries == 4)
            #expect(try await trial.audit.verify(caller.workspace).problem == nil)
            let race = try await atOnce(4) { _ in _ = try await partitions.prepare(months: 4) }
            #expect(race.done == 4)
        }
    }

    @Test("an export can be checked by its description alone", arguments: DatabaseFixture.all)
    func bytes(fixture: DatabaseFixture) async throws {
        struct Line: Decodable {
            let workspace: String, seq: Int64, at: Timestamp, actor: String, action: String, target: String?
            let outcome: String, detail: JSONText, request: String?, address: String?
            let previous_hash: String, hash: String
        }
        try await TenantTrial.run(fixture) { trial in
            let caller = Caller(.local, request: "req_1", address: "192.0.2.1")
            try await trial.audit.recordRefusal("a.b", by: caller, target: "ü/\"x", reason: "line\nbreak")
            try await trial.audit.recordRefusal("a.c", by: Caller(.local), reason: "r")
            var previous = AuditChain.origin
            var count = 0
            for try await part in trial.audit.export(from: .local, as: .jsonLines) {
                for text in part.split(separator: "\n") {
                    let line = try JSONText(trusted: String(text)).decode(Line.self)
                    var bytes = Data("suisha.audit.1\u{0}".utf8)
                    for field in [
                        line.previous_hash, line.workspace, "\(line.seq)", "\(line.at.microseconds)", line.actor,
                        line.action, line.target, line.outcome, line.detail.text, line.request, line.address,
                    ] {
                        let length = field.map { UInt32($0.utf8.count) } ?? 0xFFFF_FFFF
                        bytes += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
                        bytes += Data((field ?? "").utf8)
                    }
                    let hash = SHA256.hash(data: bytes).map { String(UInt16($0) + 0x100, radix: 16).dropFirst() }
                        .joined()
                    #expect(line.hash == hash && line.previous_hash == previous)
                    previous = line.hash
                    count += 1
                }
            }
            #expect(count == 2)
        }
    }
}
