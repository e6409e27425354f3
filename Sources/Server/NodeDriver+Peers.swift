import Clustering

#if canImport(Glibc)
    import Glibc
#endif

// Connections that the node opens to others, for keys and slots that move.

extension NodeDriver: PeerConnector {
    func connect(to address: PeerAddress, for listener: any PeerListener) -> any Peer {
        let peer = PeerConnection(self, to: address, for: listener)
        if peer.descriptor >= 0 { peers[peer.descriptor] = peer } else { failedPeers.append(peer) }
        return peer
    }

    /// Forgets a connection that has ended.
    func forget(_ peer: PeerConnection) { failedPeers.removeAll { $0 === peer } }

    /// Tells of connections that could not be opened, and of those that have ended.
    func tickPeers() {
        for peer in peers.values where peer.hasFailed { peer.tick() }
        keyMigrations.tick()
    }

    func servePeers(milliseconds: Int) {
        var watched = peers.keys.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        for index in watched.indices where peers[watched[index].fd]?.wantsRoom == true {
            watched[index].events |= Int16(POLLOUT)
        }
        for peer in failedPeers { peer.tick() }
        guard poll(&watched, nfds_t(watched.count), Int32(milliseconds)) > 0 else { return }
        for entry in watched where entry.revents != 0 {
            let failed = entry.revents & Int16(POLLERR | POLLHUP) != 0
            peers[entry.fd]?.handle(
                Poller.Event(
                    descriptor: entry.fd, isReadable: failed || entry.revents & Int16(POLLIN) != 0,
                    isWritable: failed || entry.revents & Int16(POLLOUT) != 0))
        }
    }
}
