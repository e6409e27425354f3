import Clustering
import Commands
import Monitoring
import Primitives

/// What the thread of the HTTP port and a node's have in common.
///
///     HTTP ─ questions ─▶ NodeWindow ─ wake ─▶ node, which answers between two commands
///     HTTP ◀─ wake ─ NodeWindow ◀─ answers ─ node
final class NodeWindow: Sendable {
    /// What is asked.
    struct Question: Sendable {
        enum Kind: Sendable {
            /// Only how the node stands, which anybody may know.
            case health
            /// Only whether somebody may look.
            case admission
            case figures
            /// What the page shows beside them.
            case details
        }

        let id: UInt64
        let kind: Kind
        /// Who asks, if that was said.
        let credentials: Credentials?
    }

    /// What is answered.
    struct Answer: Sendable {
        enum Content: Sendable {
            case health(NodeHealth)
            case admitted
            case observation(NodeObservation)
            case unknownUser
            case forbidden
        }

        /// The question's.
        let id: UInt64
        let content: Content
    }

    /// The port that names the node.
    let port: Int
    /// Its part in the cluster; nil where there is none.
    let bus: SharedBus?
    /// Readable when there is something for the node's thread.
    let arrival = WakeUp(isBlocking: false)
    private let back: WakeUp
    private let questions = Locked<[Question]>([])
    private let answers = Locked<[Answer]>([])

    init(port: Int, _ bus: SharedBus?, of thread: HTTPThread) {
        (self.port, self.bus, back) = (port, bus, thread.arrival)
    }

    // MARK: The HTTP port's thread

    /// Asks the node.
    func ask(_ question: Question) {
        questions.withLock { $0.append(question) }
        arrival.raise()
    }

    /// What the node has answered since it was last looked.
    func takeAnswers() -> [Answer] { NodeWindow.takeAll(answers) }

    // MARK: The node's thread

    /// What the node is asked.
    func takeQuestions() -> [Question] {
        arrival.take()
        return NodeWindow.takeAll(questions)
    }

    /// Answers.
    func give(_ answer: Answer) {
        answers.withLock { $0.append(answer) }
        back.raise()
    }

    private static func takeAll<Element>(_ box: Locked<[Element]>) -> [Element] {
        box.withLock { elements in
            defer { elements = [] }
            return elements
        }
    }
}
