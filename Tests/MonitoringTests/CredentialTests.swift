import Commands
import Testing

@testable import Monitoring

/// Headers that say who asks.
struct CredentialTests {
    @Test(arguments: [
        ("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob"), ("Zm9vYmE=", "fooba"),
        ("Zm9vYmFy", "foobar"), ("+/+/", nil),
    ])
    func base64(_ text: String, _ bytes: String?) {
        #expect(base64Decoded(text.utf8) == (bytes.map { Array($0.utf8) } ?? [0xFB, 0xFF, 0xBF]))
    }

    @Test(arguments: ["Z", "Zg", "Zg=", "Zg===", "=", "====", "Z=g=", "Zm9!", "Zm 9", "Zm9vZg=x"])
    func noBase64(_ text: String) { #expect(base64Decoded(text.utf8) == nil) }

    @Test func userAndPassword() {
        let known = Credentials(user: Array("Aladdin".utf8), password: Array("open sesame".utf8))
        #expect(Credentials(authorization: "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==") == known)
        #expect(Credentials(authorization: "basic  QWxhZGRpbjpvcGVuIHNlc2FtZQ== ") == known)
        // A password may have a colon in it, and be empty.
        #expect(Credentials(authorization: "Basic YTpiOmM=") == Credentials(user: [97], password: Array("b:c".utf8)))
        #expect(Credentials(authorization: "Basic Og==") == Credentials(user: [], password: []))
    }

    @Test(arguments: ["", "Basic", "Basic !", "Basic Zm9v", "Bearer QTpC", "Basic QTpC QTpC"])
    func somethingElse(_ text: String) { #expect(Credentials(authorization: text) == nil) }
}
