import Commands
import Primitives

/// What is answered to those who look whether a process is well.
public enum Health {
    /// Milliseconds for which a loop may stand before the process is taken for hung. Far more than the longest command should
    /// take, since whoever asks may end the process.
    public static let longestStandstill: Int64 = 300_000

    /// Whether the process lives: 200, or 503 where a node's loop has not turned for so long.
    /// - Parameter silence: for each node its port, and for how many milliseconds it has not answered.
    public static func live(_ silence: [(port: Int, milliseconds: Int64)]) -> HTTPResponse {
        let hung = silence.filter { $0.milliseconds >= longestStandstill }
        return answer(
            "live", hung.map { ($0.port, "the loop has stood still for \($0.milliseconds / 1000) seconds") })
    }

    /// Whether clients may be sent to every node of the process: 200, or 503 with the reasons.
    /// - Parameter isComplete: whether all nodes of the process have been started.
    public static func ready(_ nodes: [NodeHealth], silentPorts: [Int], isComplete: Bool) -> HTTPResponse {
        let objections = nodes.compactMap { node in node.objection.map { (node.port, $0) } }
        guard isComplete else { return answer("ready", objections + [(0, "starting")]) }
        return answer("ready", objections + silentPorts.map { ($0, "the loop does not turn") })
    }

    private static func answer(_ word: String, _ objections: [(port: Int, reason: String)]) -> HTTPResponse {
        let reasons: [JSON] = objections.map { ["node": .integer($0.port), "reason": .text($0.reason)] }
        let body: JSON = [
            "status": .text(objections.isEmpty ? word : "not \(word)"), "reasons": .array(reasons),
        ]
        return HTTPResponse(objections.isEmpty ? 200 : 503, "application/json", body.encoded + "\n")
    }
}
