import Settings
import Testing

@testable import Server

/// Several nodes in a process.
struct CoresTests {
    private func settings() -> Settings {
        var settings = Settings()
        (settings.port, settings.cores, settings.clusterEnabled) = (7000, 4, true)
        settings.unixsocket = "/tmp/some.dir/socket"
        return settings
    }

    @Test func eachHasPortsAndFilesOfItsOwn() {
        let common = settings()
        let group = CoreGroup(count: 4)
        #expect(Core(index: 0, group: group).settings(common) == common)
        let third = Core(index: 2, group: group).settings(common)
        #expect(third.port == 7002 && third.tlsPort == 0 && third.clusterPort == 0)
        #expect(third.dbfilename == "dump-2.rdb")
        #expect(third.clusterConfigFile == "nodes-2.conf")
        #expect(third.appenddirname == "appendonlydir-2")
        #expect(third.unixsocket == "/tmp/some.dir/socket-2")
    }

    @Test func severalNeedAClusterAndPorts() throws {
        try settings().checkCores()
        var alone = settings()
        alone.clusterEnabled = false
        #expect(throws: SettingsError.self) { try alone.checkCores() }
        var high = settings()
        high.port = 65_534
        #expect(throws: SettingsError.self) { try high.checkCores() }
    }

    @Test func theyEndTogether() {
        let group = CoreGroup(count: 2)
        #expect(group.options == nil)
        group.end(.noSave)
        group.end(.now)
        #expect(group.options == .noSave)
    }
}
