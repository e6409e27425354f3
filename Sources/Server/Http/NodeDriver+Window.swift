import Commands
import Monitoring

// What the thread of the HTTP port asks of a node.

extension NodeDriver {
    /// From here on it can be asked.
    func openWindow(_ http: HTTPThread?) {
        guard let window, let http else { return }
        poller.add(window.arrival.descriptor)
        http.open(window)
    }

    /// Answers what was asked since the last turn.
    func answerQuestions() {
        guard let window else { return }
        for question in window.takeQuestions() {
            window.give(NodeWindow.Answer(id: question.id, content: content(of: question)))
        }
    }

    private func content(of question: NodeWindow.Question) -> NodeWindow.Answer.Content {
        if case .health = question.kind { return .health(health) }
        switch node.admit(question.credentials) {
        case .unknown: return .unknownUser
        case .forbidden: return .forbidden
        case .admitted(let reader): return content(of: question.kind, for: reader)
        }
    }

    private func content(
        of kind: NodeWindow.Question.Kind, for reader: Reader
    ) -> NodeWindow.Answer.Content {
        switch kind {
        case .health: return .health(health)
        case .admission: return .admitted
        case .figures: return .observation(observation)
        case .details:
            var observation = observation
            observation.details = node.details(for: reader)
            return .observation(observation)
        }
    }

    private var health: NodeHealth {
        var health = node.health
        health.isEnding = health.isEnding || isHandingOver
        return health
    }

    private var observation: NodeObservation {
        var observation = NodeObservation(recentFigures)
        observation.figures.health = health
        observation.migrations = slotMigrations?.figures(NodeDriver.shownMigrations) ?? []
        return observation
    }

    private static let shownMigrations = 32

    /// The figures, worked out anew ten times a second at most, however often somebody asks.
    private var recentFigures: NodeFigures {
        if let last = lastFigures, node.monotonic - last.time < NodeDriver.shortestAge { return last.figures }
        let figures = node.figures()
        lastFigures = (figures, node.monotonic)
        return figures
    }

    private static let shortestAge: Int64 = 100
}
