import Primitives
import Testing

@Suite struct GlobTests {
    @Test(arguments: [
        ("*", "", true), ("*", "anything", true), ("h?llo", "hello", true), ("h?llo", "hllo", false),
        ("h*llo", "heeeello", true), ("h[ae]llo", "hallo", true), ("h[ae]llo", "hillo", false),
        ("h[^e]llo", "hallo", true), ("h[^e]llo", "hello", false), ("h[a-b]llo", "hbllo", true),
        ("h[b-a]llo", "hallo", true), ("\\*", "*", true), ("\\*", "x", false), ("a\\", "a\\", true),
        ("[a", "a", true), ("a*b*c", "a-b-b-c", true), ("a*b*c", "a-c-b", false), ("", "", true), ("", "x", false),
        ("key:[0-9]*", "key:1", true), ("[]", "x", false), ("a**", "a", true),
    ])
    func patterns(pattern: String, text: String, matches: Bool) {
        #expect(Bytes.with(pattern) { p in Bytes.with(text) { Glob.matches(p, $0) } } == matches)
    }

    @Test func caseIsFoldedOnDemand() {
        #expect(Bytes.with("MAX*") { p in Bytes.with("maxmemory") { Glob.matches(p, $0, ignoringCase: true) } })
        #expect(!Bytes.with("MAX*") { p in Bytes.with("maxmemory") { Glob.matches(p, $0) } })
    }

    @Test func manyStarsEndSoon() {
        let pattern = String(repeating: "a*", count: 60) + "b"
        let text = String(repeating: "a", count: 4000)
        #expect(!Bytes.with(pattern) { p in Bytes.with(text) { Glob.matches(p, $0) } })
    }
}
