import Glibc
import Harness
import Testing

/// A browser without a window.
enum Browser {
    /// Its program, if it is installed.
    static let program: String? = ["chromium", "chromium-browser", "google-chrome"].first { name in
        (try? runProgram("which", [name]))?.status == .exited(0)
    }

    /// Opens a page, lets so many milliseconds of the page's own time go by, and tells the page as it is then, with what stands
    /// in the console.
    static func open(_ address: String, milliseconds: Int = 4000) throws -> (page: String, console: [String]) {
        let profile = try TemporaryDirectory()
        let result = try runProgram(
            try #require(program),
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                "--disable-extensions", "--disable-background-networking", "--user-data-dir=\(profile.path)",
                "--enable-logging=stderr", "--virtual-time-budget=\(milliseconds)", "--dump-dom", address,
            ], withinMilliseconds: 90_000)
        return (result.output, result.lines.filter { $0.contains(":CONSOLE") })
    }
}

extension ProcessTests {
    /// The page in a real browser.
    @Suite(.serialized) struct PageTests {
        @Test func partsOfThePage() throws {
            try withHTTP { _, port in
                let page = try fetch("/", port: port)
                #expect(page.status == 200 && page.headers["content-type"] == "text/html; charset=utf-8")
                #expect(page.headers["content-security-policy"]?.contains("default-src 'none'") == true)
                try #expect(fetch("/page.js", port: port).headers["content-type"] == "text/javascript; charset=utf-8")
                try #expect(fetch("/page.css", port: port).status == 200)
            }
        }

        @Test func rights() throws {
            try withHTTP(["requirepass secret"]) { _, port in
                for path in ["/", "/page.js", "/api/status"] {
                    try #expect(fetch(path, port: port).status == 401, "\(path)")
                }
                let answer = try fetch(
                    "/api/status", port: port, headers: ["Authorization: Basic ZGVmYXVsdDpzZWNyZXQ="])
                #expect(answer.status == 200 && answer.body.hasPrefix("{"))
            }
        }

        @Test(.enabled(if: Browser.program != nil, "the page is for browsers; `make test` installs one"))
        func aNodeAlone() throws {
            try withHTTP(["slowlog-log-slower-than 0"]) { server, port in
                let client = try server.connect()
                try client.run("CLIENT", "SETNAME", "somebody")
                try client.run("SET", "<b>key</b>", "\"value'")
                for _ in 0..<100 { try client.run("GET", "<b>key</b>") }
                let (page, console) = try Browser.open("http://127.0.0.1:\(port)/")
                #expect(console.isEmpty, "\(console)")
                #expect(page.contains("<span id=\"state\" class=\"pill good\">well</span>"), "\(page.suffix(3000))")
                // What clients have sent is text.
                #expect(page.contains("&lt;b&gt;key&lt;/b&gt;") && !page.contains("<b>key</b>"))
                #expect(page.contains("<td>somebody</td>"))
                let updates = page.firstMatch(of: /data-updates="([0-9]+)"/).flatMap { Int($0.1) }
                #expect((updates ?? 0) >= 2)
            }
        }

        @Test(.enabled(if: Browser.program != nil, "the page is for browsers; `make test` installs one"))
        func aFailover() throws {
            // The replica that takes over is the one whose page is looked at.
            let httpPorts = try (0..<6).map { _ in try freePort() }
            let cluster = try TestCluster([])
            for port in httpPorts { try cluster.add(.apus, ["http-port \(port)"]) }
            try cluster.createPairs()
            let before = try Browser.open("http://127.0.0.1:\(httpPorts[3])/")
            #expect(before.console.isEmpty, "\(before.console)")
            #expect(
                before.page.matches(of: /data-role="primary" data-state="ok"/).count == 3, "\(before.page.suffix(5000))"
            )
            #expect(before.page.matches(of: /data-role="replica" data-state="ok"/).count == 3)
            cluster.nodes[0].kill()
            try cluster.expectPrimary(cluster.nodes[3])
            let name = try cluster.nodes[3].name()
            // What the page asks for each second knows of it at once.
            let status = try fetch("/api/status", port: httpPorts[3]).body
            #expect(status.contains("Failover of ") && status.contains("by the votes of "), "\(status)")
            let others = try eventually {
                try fetch("/api/status", port: httpPorts[1]).body.contains("has taken over the ")
            }
            #expect(others)
            let after = try Browser.open("http://127.0.0.1:\(httpPorts[3])/")
            #expect(after.console.isEmpty, "\(after.console)")
            #expect(after.page.contains("data-member=\"\(name)\" data-role=\"primary\" data-state=\"ok\""))
            #expect(after.page.contains("data-state=\"failed\""), "\(after.page.suffix(5000))")
            #expect(after.page.contains("Failover of 127.0.0.1:\(cluster.nodes[0].port), "))
        }
    }
}
