import Admin
import Server

#if canImport(Glibc)
    import Glibc
#endif

let words = Array(CommandLine.arguments.dropFirst())
exit(ClusterTool.takes(words) ? ClusterTool.run(words) : Program.run(CommandLine.arguments))
