import Server

#if canImport(Glibc)
    import Glibc
#endif

exit(Program.run(Swift.CommandLine.arguments))
