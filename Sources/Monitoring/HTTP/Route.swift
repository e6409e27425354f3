import Primitives

/// What a path leads to.
public enum Route: Equatable, Sendable {
    case metrics
    /// Whether the process lives, and whether clients may be sent to it.
    case live, ready
    /// What the page shows, as JSON.
    case status
    /// A part of the page.
    case page(PageResource)

    /// The route of a path; nil where it leads nowhere.
    public init?(path: String) {
        switch path {
        case "/metrics": self = .metrics
        case "/health/live": self = .live
        case "/health/ready": self = .ready
        case "/api/status": self = .status
        default:
            guard let resource = PageResource.all.first(where: { $0.path == path }) else { return nil }
            self = .page(resource)
        }
    }
}
