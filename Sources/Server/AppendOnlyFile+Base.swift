import Commands
import Persistence
import Storage

extension AppendOnlyFile {
    func beginRewrite() {
        guard writer.beginRewrite() else { return }
        counters.isScheduled = false
        rewriteStart = node.monotonic
        node.keyspace.journal.selectAnew()
        log.write(.notice, "Background append only file rewriting started")
        var base = CommandBase()
        base.write(node.keyspace) { bytes in
            writer.receiveBase(bytes)
            pump()
        }
        writer.finishBase()
        pump()
    }
}
