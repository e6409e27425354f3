import Forming
import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// `apus health`: whether a node of this machine lives, for those who look after containers. With `--ready` also whether it
/// serves: its data is loaded and, in a cluster, all slots are served.
enum HealthCheck {
    static let usage = "Usage: apus health [--ready] [--port port] [--host address]"

    /// Returns 0 where all is well.
    static func main(_ arguments: [String]) -> Int32 {
        var (host, port, isReady) = ("127.0.0.1", 6379, false)
        var rest = arguments[...]
        while let word = rest.popFirst() {
            switch (word, rest.first) {
            case ("--ready", _): isReady = true
            case ("--port", let text?) where Int(text).map({ 1...65_535 ~= $0 }) == true:
                port = Int(text)!
                rest.removeFirst()
            case ("--host", let text?):
                host = text
                rest.removeFirst()
            default:
                printError(usage)
                return 2
            }
        }
        return check(host, port, isReady: isReady)
    }

    private static func check(_ host: String, _ port: Int, isReady: Bool) -> Int32 {
        let password = getenv("REDISCLI_AUTH").map { String(cString: $0) }
        let examination = Examination(password: password)
        _ = Conversations(source: "", milliseconds: 2000).hold([(host, port, examination)])
        let complaint = isReady ? examination.whyNotReady : examination.whyDead
        print(complaint ?? "ok")
        return complaint == nil ? 0 : 1
    }
}

/// PING and what INFO and CLUSTER INFO say, read as text.
private final class Examination: Conversation {
    let output: [UInt8]
    private var input: [UInt8] = []

    init(password: String?) {
        let welcome = password.map { "*2\r\n$4\r\nAUTH\r\n$\($0.utf8.count)\r\n\($0)\r\n" } ?? ""
        // An error answers the last one for certain.
        output = Array((welcome + "PING\r\nINFO persistence\r\nCLUSTER INFO\r\nNO-SUCH-COMMAND\r\n").utf8)
    }

    func receive(_ bytes: [UInt8]) -> Bool {
        input += bytes
        return !text.contains("-ERR unknown command 'NO-SUCH-COMMAND'") && !text.hasPrefix("-NOAUTH")
    }

    func receiveEnd() {}

    private var text: String { String(decoding: input, as: UTF8.self) }

    /// A node that loads, or wants a password, lives.
    var whyDead: String? {
        let isAlive = text.contains("+PONG") || text.hasPrefix("-LOADING") || text.hasPrefix("-NOAUTH")
        return isAlive || text.contains("-MASTERDOWN") ? nil : "no answer"
    }

    var whyNotReady: String? {
        if let whyDead { return whyDead }
        if text.hasPrefix("-NOAUTH") { return "a password is needed: REDISCLI_AUTH" }
        if !text.contains("loading:0") { return "it loads its data" }
        if text.contains("cluster_state:fail") { return "not all slots are served" }
        return nil
    }
}
