import Commands
import Primitives
import Replication
import Scripting

// The node as a replica: the connection to its primary, and slices of loading between turns.

extension NodeDriver {
    /// Gives the part of a replica its connection, and what it needs of other modules.
    func attachPrimary() {
        replication.replica.connector = primary
        replication.replica.adoptLibraries = { [unowned node] (codes) throws(CommandError) in
            try node.adopt(libraries: codes)
        }
    }

    /// Loads some of a primary's snapshot. Clients that are served meanwhile shall not wait for long.
    func loadSomeOfSnapshot() {
        let most = node.settings.loadingProcessEventsIntervalBytes
        replication.replica.loadSome(most: node.isLoadingBeside ? min(most, 256 << 10) : most)
    }

    /// Looks after the link to the primary.
    func tickPrimary() {
        primary.tick()
        replication.replica.tick()
    }
}
