import Harness

/// What has to be there before somebody does what a page says, and what has to hold afterwards.
struct World {
    /// Command lines before the first of the page.
    var before: [String] = []
    /// Command lines after the last.
    var after: [String] = []
    /// Files by their names.
    var files: [String: String] = [:]

    /// That of a page.
    static func of(_ page: Page) -> World { all[page.name] ?? World() }

    /// Nothing is needed for pages that are not here.
    static let all: [String: World] = [
        "docs/quick-start.md": World(before: cluster),
        "README.md": World(before: cluster, files: ["redis.conf": "maxmemory 100mb\n"]),
        "docs/benchmark.md": World(before: [
            "apus server", "apus server --port 6380", "mkdir nodes", nodes, create,
        ]),
        "docs/troubleshooting.md": World(before: ["mkdir nodes", nodes, create]),
        "docs/cluster-tool.md": World(before: [
            "mkdir -p nodes ~/.local/share/bash-completion/completions ~/.zsh/completion ~/.config/fish/completions",
            nodes,
        ]),
        "docs/moving.md": World(
            before: [
                "mkdir old",
                "redis-server --port 6379 --dir old --save '' --repl-diskless-sync-delay 0",
                oldNodes,
                "redis-cli --cluster create $(printf '127.0.0.1:%s ' {7000..7005}) --cluster-replicas 1 --cluster-yes",
                "for port in {7000..7005}; do "
                    + "until redis-cli -p $port cluster info | grep -q cluster_state:ok; do sleep 0.02; done; done",
                "$ROOT/Tests/clients/moving_load.py 6379 6380 >one.load & one=$!",
                "$ROOT/Tests/clients/moving_load.py 7000 7001 7002 >cluster.load & cluster=$!",
                "until grep -q running one.load && grep -q running cluster.load; do sleep 0.02; done",
            ],
            // No write may have failed, and none be lost.
            after: [
                "kill $one $cluster", "wait $one || { cat one.load; false; }",
                "wait $cluster || { cat cluster.load; false; }",
            ]),
    ]

    /// What `make run` starts, built already.
    private static let cluster = ["export APUS=apus", "$ROOT/scripts/run-cluster"]

    /// Starts the nodes of a cluster of Redis.
    private static let oldNodes = """
        for port in {7000..7005}; do
            redis-server --port $port --dir old --save '' --cluster-enabled yes --cluster-config-file nodes-$port.conf \\
                --cluster-node-timeout 3000 --repl-diskless-sync-delay 0 --daemonize yes
            until redis-cli -p $port ping; do sleep 0.02; done
        done
        """

    /// Starts empty nodes of a cluster.
    private static let nodes = """
        for port in 7000 7001 7002; do
            apus server --port $port --dir nodes --cluster-enabled yes --cluster-config-file nodes-$port.conf \\
                --cluster-node-timeout 3000 --daemonize yes
            until apus health --port $port; do sleep 0.02; done
        done
        """

    /// Makes a cluster of them.
    private static let create = "apus cluster create 127.0.0.1:7000 127.0.0.1:7001 127.0.0.1:7002 --yes"
}

/// Command lines that are not tried, each for a reason.
enum Untried: String, CaseIterable {
    case make = "make "
    case docker = "docker "
    case kubectl = "kubectl "
    case pip = "pip install "

    /// Why.
    var reason: String {
        switch self {
        case .make: "it builds, or is what runs the tests; what `make run` starts is started without it"
        case .docker: "it needs a container engine; `make container` tries what these lines do"
        case .kubectl: "it needs a Kubernetes"
        case .pip: "it needs a package index; the tests have the package already"
        }
    }

    /// Whether a command line is one of these.
    func isMeant(_ line: String) -> Bool { line.hasPrefix(rawValue) }

    /// Why a step is not tried; nil where it is.
    static func reason(for step: Step) -> String? {
        guard case .command = step.kind else { return nil }
        return allCases.first { $0.isMeant(step.text) }?.reason
    }

    /// A command line as it is tried: load is put on for a fifth of a second only.
    static func hastened(_ line: String) -> String {
        guard line.hasPrefix("apus benchmark ") else { return line }
        return "apus benchmark --seconds 0.2 --warm-up 0.1 --rounds 1 " + line.dropFirst("apus benchmark ".count)
    }
}
