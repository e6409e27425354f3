import Commands

// Output that has to wait until the journal is safe up to what it tells of. The node says how much may leave; the driver asks
// again whenever something has become safe.

extension NodeDriver {
    /// Puts a connection among those that have output which has to wait.
    func hold(_ connection: Connection) {
        if connection.isWriting { watch(connection, reading: connection.isReading, writing: false) }
        if connection.isHeld { return }
        connection.isHeld = true
        held.append(connection)
    }

    /// Sends what has waited and may leave now.
    func sendReleased() {
        if held.isEmpty || releasedVersion == node.fenceVersion { return }
        releasedVersion = node.fenceVersion
        let candidates = held
        held.removeAll(keepingCapacity: true)
        for connection in candidates {
            connection.isHeld = false
            if connection.session.isScriptBusy { hold(connection) } else { send(connection) }
        }
    }

    /// A peer that sends nothing more gets what it waits for, and then the end.
    func endInput(_ connection: Connection) {
        guard connection.session.isHeld else { return end(connection) }
        connection.hasPeerEnded = true
        watch(connection, reading: false, writing: connection.isWriting)
    }
}
