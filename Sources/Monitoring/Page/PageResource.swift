/// A part of the page, which is the same for everybody.
public struct PageResource: Equatable, Sendable {
    /// Where it is found.
    public let path: String
    private let contentType: String
    private let text: String

    /// What is sent. Nothing is loaded from elsewhere, no other page may frame it, and no script runs but its own.
    public var response: HTTPResponse {
        var response = HTTPResponse(200, contentType, text)
        response.headers = [
            (
                "Content-Security-Policy",
                "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
                    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            ),
            ("Referrer-Policy", "no-referrer"),
        ]
        return response
    }

    /// All parts.
    public static let all = [
        PageResource(path: "/", contentType: "text/html; charset=utf-8", text: pageMarkup),
        PageResource(path: "/page.css", contentType: "text/css; charset=utf-8", text: pageStyle),
        PageResource(path: "/page.js", contentType: "text/javascript; charset=utf-8", text: pageScript),
    ]
}
