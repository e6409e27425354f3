import Primitives
import RESP
import Storage

// Clients that see what others send (MONITOR).

extension Node {
    func addMonitor(_ session: Session) {
        session.attention.insert(.monitor)
        monitors.append(session)
        attention.insert(.monitored)
    }

    func removeMonitor(_ session: Session) {
        session.attention.remove(.monitor)
        monitors.removeAll { $0 === session }
        if monitors.isEmpty { attention.remove(.monitored) }
    }

    /// Shows a command that has run to all monitors: so that EXEC comes after the commands it has run.
    func feedMonitors(_ session: Session, _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>) {
        guard record.pointee.flags.isDisjoint(with: [.skipMonitor, .admin]) else { return }
        showMonitors(session, arguments, redaction(arguments, record))
    }

    /// Shows to all monitors what a primary has sent and is no command to be carried out: MULTI, EXEC, PING.
    public func showFollowed(_ session: Session, _ arguments: Arguments) {
        if attention.contains(.monitored) { showMonitors(session, arguments, .nothing) }
    }

    private func showMonitors(_ session: Session, _ arguments: Arguments, _ redaction: Redaction) {
        let line = monitorLine(session, arguments, redaction)
        for monitor in monitors { push(to: monitor) { $0.simple(line) } }
    }

    private func monitorLine(_ session: Session, _ arguments: Arguments, _ redaction: Redaction) -> String {
        let microseconds = clock.wallMicroseconds
        let fraction = String(microseconds % 1_000_000)
        let padded = String(repeating: "0", count: 6 - fraction.utf8.count) + fraction
        let address = session.isUnixSocket ? "unix:\(session.localAddress)" : session.peerAddress
        var line = "\(microseconds / 1_000_000).\(padded) [\(session.database) \(address)]"
        for index in 0..<arguments.count {
            line += " " + (redaction.hides(index) ? "\"\(Redaction.text)\"" : Node.quoted(arguments[index]))
        }
        return line
    }

    /// Bytes in double quotes, what cannot be printed escaped.
    static func quoted(_ bytes: Bytes) -> String {
        var text = "\""
        for byte in bytes.buffer {
            switch byte {
            case UInt8(ascii: "\""): text += "\\\""
            case UInt8(ascii: "\\"): text += "\\\\"
            case 0x0A: text += "\\n"
            case 0x0D: text += "\\r"
            case 0x09: text += "\\t"
            case 0x07: text += "\\a"
            case 0x08: text += "\\b"
            case 0x20..<0x7F: text.unicodeScalars.append(UnicodeScalar(byte))
            default: text += "\\x" + hexadecimal(byte)
            }
        }
        return text + "\""
    }

    static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}
