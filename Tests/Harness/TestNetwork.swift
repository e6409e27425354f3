import CNamespaces
import Glibc

/// Hosts on a switch, each in a network namespace of its own. Whose cable is pulled is alone.
///
///     switch: 10.77.0.254 ── bridge ──┬── port0 ── eth0: 10.77.0.1
///                                     └── port1 ── eth0: 10.77.0.2
///
/// What a thread starts, and the connections that it opens, are where it is at that time, and stay there. All of it is gone
/// with the last that uses it. It takes root.
public final class TestNetwork {
    private let middle: Namespace
    private var hosts: [Namespace] = []

    /// Whether tests may have networks of their own on this machine.
    public static let isPossible = (try? TestNetwork(hosts: 1)) != nil

    /// Makes one.
    public init(hosts count: Int) throws {
        middle = try Namespace(made: [
            "link set lo up", "link add bridge type bridge", "addr add 10.77.0.254/24 dev bridge", "link set bridge up",
        ])
        for number in 0..<count { try add(number) }
    }

    private func add(_ number: Int) throws {
        let host = try Namespace(made: ["link set lo up"])
        try onSwitch {
            try ip("link add port\(number) type veth peer name eth0 netns \(host.path)")
            try ip("link set port\(number) master bridge up")
        }
        hosts.append(host)
        try on(number) {
            try ip("addr add \(address(number))/24 dev eth0")
            try ip("link set eth0 up")
        }
    }

    /// The address of a host.
    public func address(_ host: Int) -> String { "10.77.0.\(host + 1)" }

    /// Does something on a host.
    public func on<Result>(_ host: Int, _ body: () throws -> Result) throws -> Result { try hosts[host].inside(body) }

    /// Does something where all hosts are reached.
    public func onSwitch<Result>(_ body: () throws -> Result) throws -> Result { try middle.inside(body) }

    /// Pulls the cable of a host.
    public func unplug(_ host: Int) throws { try onSwitch { try ip("link set port\(host) down") } }

    /// Puts it in again.
    public func plug(_ host: Int) throws { try onSwitch { try ip("link set port\(host) up") } }
}

/// A network namespace. It exists for as long as this does, or anything that is in it.
private final class Namespace {
    private let descriptor: Int32

    /// Where the calling thread is.
    init() throws {
        descriptor = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw HarnessError.last("opening a network namespace") }
    }

    /// A new one, in which these commands of ip have been run.
    convenience init(made commands: [String]) throws {
        let here = try Namespace()
        guard unshare(CLONE_NEWNET) == 0 else { throw HarnessError.last("making a network namespace") }
        defer { here.enter() }
        for command in commands { try ip(command) }
        try self.init()
    }

    deinit { close(descriptor) }

    /// Where other processes find it.
    var path: String { "/proc/\(getpid())/fd/\(descriptor)" }

    func inside<Result>(_ body: () throws -> Result) throws -> Result {
        let here = try Namespace()
        enter()
        defer { here.enter() }
        return try body()
    }

    private func enter() {
        precondition(setns(descriptor, CLONE_NEWNET) == 0, "a thread does not get back into its network namespace")
    }
}

private func ip(_ command: String) throws {
    let result = try runProgram("ip", command.split(separator: " ").map(String.init))
    guard result.status == .exited(0) else { throw HarnessError.malformed("ip \(command): \(result.output)") }
}
