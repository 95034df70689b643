import Endpoints
import Foundation
import Testing

@Suite("Strict JSON (attack list: input)")
struct StrictJSONTests {
    private static let schema: Schema = .object([
        .init("name", .string(), required: true, ""),
        .init("count", .integer(), ""),
        .init("share", .number(), ""),
        .init("tags", .array(of: .string()), ""),
        .init("on", .boolean, ""),
        .init("more", .any, ""),
        .init("inner", .named("Inner"), ""),
        .init("labels", .map(of: .integer()), ""),
    ])
    private static let named: [String: Schema] = ["Inner": .object([.init("x", .integer(), required: true, "")])]

    private func refusal(_ text: String, _ schema: Schema = Self.schema) -> Problem? {
        refusal(Data(text.utf8), schema)
    }

    private func refusal(_ data: Data, _ schema: Schema = Self.schema) -> Problem? {
        do {
            try StrictJSON(schemas: Self.named).check(data, against: schema)
            return nil
        } catch {
            return error as? Problem
        }
    }

    @Test(
        "what is of the declared form passes",
        arguments: [
            #"{"name":"a"}"#, #" { "name" : "\u00e9\ud83d\ude00 \" \\ \/ \n" , "count":-7,"share":1.5e-3,"on":true} "#,
            #"{"name":"","tags":[],"more":{"a":[1,null,{"b":1.0}]},"inner":{"x":0},"labels":{"a":1,"b":2}}"#,
            #"{"name":"a","count":null,"tags":["x","y"],"share":9223372036854775808}"#,
            #"{"name":"a","count":9223372036854775807}"#, #"{"n\u0061me":"escaped name"}"#,
        ])
    func passes(text: String) {
        #expect(refusal(text) == nil)
    }

    @Test(
        "what is not of the declared form is refused with the name of its place",
        arguments: [
            (#"{"name":"a","extra":1}"#, "extra"), (#"{"name":"a","name":"b"}"#, "name"),
            (#"{"name":"a","n\u0061me":"b"}"#, "name"), (#"{"name":"a","count":9223372036854775808}"#, "count"),
            (#"{"name":"a","count":"1"}"#, "count"), (#"{"name":null}"#, "name"),
            (#"{"name":"a","tags":["x",1]}"#, "tags[1]"), (#"{"name":"a","share":1e400}"#, "share"),
            (#"{"name":"a","on":1}"#, "on"), (#"{"name":"a","inner":{"y":0}}"#, "inner.y"),
            (#"{"name":"a","inner":{"x":0,"x":0}}"#, "inner.x"), (#"{"name":"a","labels":{"a":"1"}}"#, "labels.a"),
            (#"{"name":"a","labels":{"a":1,"a":1}}"#, "labels.a"), (#"{"name":["a"]}"#, "name"),
            (#"{"name":"a","inner":[]}"#, "inner"), (#"{"name":"a","tags":{}}"#, "tags"),
        ])
    func refuses(text: String, field: String) {
        let problem = refusal(text)
        #expect(problem?.kind == .invalidRequest)
        #expect(problem?.field == field)
    }

    @Test(
        "what is not JSON is refused",
        arguments: [
            "", " ", "{", #"{"name"}"#, #"{"name":}"#, #"{"name":"a",}"#, #"{"name":"a"} x"#, #"{"name":"a"}{}"#,
            #"{name:"a"}"#, "{'name':'a'}", #"{"name":"a","count":01}"#, #"{"name":"a","count":+1}"#,
            #"{"name":"a","count":-}"#, #"{"name":"a","share":.5}"#, #"{"name":"a","share":5.}"#,
            #"{"name":"a","share":1e}"#, #"{"name":"a","share":NaN}"#, #"{"name":"a","on":True}"#,
            #"{"name":"\x"}"#, #"{"name":"\u12g4"}"#, #"{"name":"\ud800"}"#, #"{"name":"\udc00"}"#,
            #"{"name":"\ud800\u0041"}"#, "{\"name\":\"\u{1}\"}", "{\"name\":\"a\nb\"}", #"{"name":"a"#, "[1,]", "[1 2]",
            "\u{FEFF}{}", #"{"name":"a" /* no */}"#, "nul",
        ])
    func refusesGrammar(text: String) {
        #expect(refusal(text, text.contains("name") ? Self.schema : .any)?.kind == .invalidRequest)
    }

    @Test("invalid UTF-8 is refused: bare bytes, overlong forms and surrogates")
    func encoding() {
        for bytes: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82]] {
            let data = Data(#"{"name":""#.utf8) + bytes + Data(#""}"#.utf8)
            #expect(refusal(data)?.detail == "The body is not valid UTF-8.")
        }
    }

    @Test("32 levels pass, 33 do not, and a million are refused as quickly")
    func depth() {
        func nested(_ levels: Int) -> String {
            String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
        }
        #expect(refusal(nested(32), .any) == nil)
        #expect(refusal(nested(33), .any)?.kind == .unprocessable)
        #expect(refusal(nested(500_000), .any)?.kind == .unprocessable)
        #expect(refusal(String(repeating: #"{"a":"#, count: 100_000), .any)?.kind == .unprocessable)
    }

    @Test("100,000 members are refused")
    func members() {
        func document(_ count: Int) -> String {
            "{" + (0..<count).map { #""k\#($0)":0"# }.joined(separator: ",") + "}"
        }
        #expect(refusal(document(50_000), .any) == nil)
        #expect(refusal(document(100_000), .any)?.kind == .unprocessable)
    }

    @Test("integers are written as such", arguments: ["1.0", "1e2", "100E-2", "-0.0"])
    func integers(text: String) {
        let problem = refusal(#"{"name":"a","count":\#(text)}"#)
        #expect(problem?.kind == .unprocessable)
        #expect(problem?.field == "count")
    }

    @Test("numbers that would come back as others are refused where any value may stand, and so is U+0000")
    func free() {
        #expect(refusal(#"{"a":[9223372036854775808]}"#, .any)?.field == "a[0]")
        #expect(refusal("1e400", .any)?.kind == .unprocessable)
        #expect(refusal("-9223372036854775808", .any) == nil)
        #expect(refusal(#"{"name":"a\u0000"}"#)?.kind == .unprocessable)
        #expect(refusal(#"{"a":1,"a":2}"#, .any)?.field == "a")
    }

    @Test("a schema that takes null says so; null stands for an optional member that is left out")
    func null() {
        let schema: Schema = .object([.init("a", .nullable(.integer()), required: true, ""), .init("b", .boolean, "")])
        #expect(refusal(#"{"a":null,"b":null}"#, schema) == nil)
        #expect(refusal("null", schema)?.detail == "The body must not be null.")
    }

    @Test("the name of a field in a problem is never as long as the sender likes")
    func longNames() {
        let problem = refusal(#"{"\#(String(repeating: "n", count: 5_000))":1}"#)
        #expect((problem?.field?.count ?? 0) <= 100)
        #expect((problem?.detail.count ?? 0) < 400)
    }
}
