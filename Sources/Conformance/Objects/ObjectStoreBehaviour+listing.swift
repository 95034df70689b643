import Foundation
import Storage

extension ObjectStoreBehaviour {
    /// What `list` promises.
    static let listing: [ObjectStoreBehaviour] = [
        .init("a listing is in the order of the keys' bytes") { trial in
            let names = ["b", "a", "a/b", "a-b", "a.b", "a/b/c", "Z", "a0", "a/-", "_", "10", "9"]
            for name in names { try await trial.put(name, name) }
            let expected = names.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
            let listed = try await trial.names()
            try trial.expect(listed == expected, "\(listed), not \(expected)")
        },
        .init("a listing holds the keys that start with the prefix, wherever it ends") { trial in
            for name in ["job-1/a", "job-1/b", "job-10/a", "job-2/a", "other"] { try await trial.put(name, name) }
            for (prefix, expected) in [
                ("job-1", ["job-1/a", "job-1/b", "job-10/a"]), ("job-1/", ["job-1/a", "job-1/b"]),
                ("job-2/a", ["job-2/a"]),
                ("job-3", []), ("o", ["other"]), ("job-1/a/", []),
            ] {
                let listed = try await trial.names(prefix: prefix)
                try trial.expect(listed == expected, "'\(prefix)' gives \(listed)")
            }
        },
        .init("a listing gives sizes and entity tags") { trial in
            let info = try await trial.put("known", "12345")
            let listed = try await trial.store.list(prefix: trial.prefix, after: nil, limit: 10)
            try trial.expect(listed.count == 1 && listed[0].size == 5, "it gives \(listed)")
            try trial.expect(listed[0].entityTag == info.entityTag, "the entity tags differ")
        },
        .init("pages of a listing join without gap or overlap") { trial in
            let names = (0..<23).map { "page/\($0 % 3)/" + String(format: "%02d", $0) }.sorted()
            for name in names { try await trial.put(name, name) }
            for limit in [1, 4, 23, 50] {
                var joined: [String] = []
                while joined.count <= names.count {
                    let page = try await trial.names(after: joined.last, limit: limit)
                    try trial.expect(page.count <= limit, "a page of \(limit) has \(page.count) keys")
                    if page.isEmpty { break }
                    joined += page
                }
                try trial.expect(joined == names, "pages of \(limit) join to \(joined)")
            }
        },
        .init("a listing may start after a key that does not exist") { trial in
            for name in ["a", "c/d", "e"] { try await trial.put(name, name) }
            try trial.expect(try await trial.names(after: "b") == ["c/d", "e"], "after b")
            try trial.expect(try await trial.names(after: "c/d") == ["e"], "after c/d")
            try trial.expect(try await trial.names(after: "c/c") == ["c/d", "e"], "after c/c")
            try trial.expect(try await trial.names(after: "z").isEmpty, "after z")
        },
    ]
}
