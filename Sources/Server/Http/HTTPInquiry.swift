import Commands
import Monitoring

/// A request that waits for the answers of nodes.
final class HTTPInquiry {
    let peer: HTTPPeer
    let request: HTTPRequest
    let route: Route
    /// The nodes that have not answered, by their ports.
    private(set) var awaited: Set<Int>
    /// Until when they are waited for, in monotonic milliseconds.
    let deadline: Int64
    private var healths: [NodeHealth] = []
    private var nodes: [NodeObservation] = []
    private var (isAdmitted, isUserUnknown, isForbidden) = (false, false, false)

    init(_ peer: HTTPPeer, _ request: HTTPRequest, _ route: Route, awaited: Set<Int>, deadline: Int64) {
        (self.peer, self.request, self.route) = (peer, request, route)
        (self.awaited, self.deadline) = (awaited, deadline)
    }

    /// Takes the answer of a node.
    func take(_ content: NodeWindow.Answer.Content, from window: NodeWindow) {
        awaited.remove(window.port)
        switch content {
        case .health(let health): healths.append(health)
        case .admitted: isAdmitted = true
        case .observation(var node):
            isAdmitted = true
            node.cluster = window.bus?.picture
            nodes.append(node)
        case .unknownUser: isUserUnknown = true
        case .forbidden: isForbidden = true
        }
    }

    /// What is answered, with what is known by now.
    /// - Parameters:
    ///   - isComplete: whether all nodes of the process have been started.
    ///   - surroundings: what is known beside the nodes.
    func response(isComplete: Bool, _ surroundings: () -> Observation) -> HTTPResponse {
        switch route {
        case .live, .ready: return Health.ready(healths, silentPorts: awaited.sorted(), isComplete: isComplete)
        case .page(let resource): return isAdmitted ? resource.response : refusal
        case .metrics:
            guard isAdmitted else { return refusal }
            return Metrics.response(observation(surroundings()), accept: request.accept)
        case .status: return isAdmitted ? observation(surroundings()).statusResponse : refusal
        }
    }

    private func observation(_ surroundings: Observation) -> Observation {
        var observation = surroundings
        observation.nodes = nodes.sorted { $0.port < $1.port }
        observation.silentPorts = awaited.sorted()
        return observation
    }

    private var refusal: HTTPResponse {
        if isUserUnknown { return .unauthorized }
        if isForbidden { return .text(403, "The user may not run INFO.") }
        return .text(503, "No node of the process answers.")
    }
}
