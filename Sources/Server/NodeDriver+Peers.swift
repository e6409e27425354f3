import Clustering
import Settings

#if canImport(Glibc)
    import Glibc
#endif

// Connections that the node opens to others, for keys and slots that move.

extension NodeDriver: PeerConnector {
    func connect(to address: PeerAddress, for listener: any PeerListener) -> any Peer {
        let peer = OutgoingConnection(
            self, to: PrimaryAddress(host: address.host, port: address.port), usesTLS: node.settings.tlsCluster,
            readSize: 16 << 10, for: listener)
        if peer.descriptor >= 0 { peers[peer.descriptor] = peer } else { openingPeers.append(peer) }
        return peer
    }

    /// Forgets a connection that has ended.
    func forget(_ peer: OutgoingConnection) { openingPeers.removeAll { $0 === peer } }

    /// Looks whether connections can be opened, or cannot.
    func tickOpeningPeers() {
        for peer in openingPeers {
            peer.tick()
            guard peer.descriptor >= 0 else { continue }
            peers[peer.descriptor] = peer
            forget(peer)
        }
    }

    /// How long that can wait, in milliseconds: names are looked up elsewhere.
    var openingPause: Int64 { openingPeers.isEmpty ? .max : openingPeers.contains(where: \.hasFailed) ? 0 : 5 }

    /// Tells of connections that have ended.
    func tickPeers() {
        for peer in peers.values where peer.hasFailed { peer.tick() }
        keyMigrations.tick()
    }

    func servePeers(milliseconds: Int) {
        var watched = peers.keys.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        for index in watched.indices where peers[watched[index].fd]?.wantsRoom == true {
            watched[index].events |= Int16(POLLOUT)
        }
        tickOpeningPeers()
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
