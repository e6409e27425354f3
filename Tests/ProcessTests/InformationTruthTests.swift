import Harness
import Testing

/// What INFO says of the process, beside what the kernel says of it.
extension ProcessTests {
    @Suite(.serialized) struct InformationTruthTests {
        private func figures(_ connection: Connection, _ section: String) throws -> [String: Double] {
            let lines = (try connection.run("INFO", section).text ?? "").split(whereSeparator: \.isNewline)
            var figures: [String: Double] = [:]
            for line in lines {
                let parts = line.split(separator: ":", maxSplits: 1)
                if parts.count == 2 { figures[String(parts[0])] = Double(parts[1]) }
            }
            return figures
        }

        @Test func memoryIsWhatTheKernelAndTheAllocatorSay() throws {
            try withServer { server in
                let connection = try server.connect()
                let before = try figures(connection, "memory")
                let size = 16 << 20
                try connection.run("SET", "k", Bytes(repeating: 7, count: size))
                let after = try figures(connection, "memory")
                for field in ["used_memory", "allocator_allocated", "allocator_active", "allocator_resident"] {
                    let growth = (after[field] ?? 0) - (before[field] ?? 0)
                    #expect(growth >= Double(size), "\(field) grew by \(growth)")
                }
                let pages = textOfFile("/proc/\(server.child.pid)/statm").split(separator: " ").compactMap {
                    Double($0)
                }
                #expect(abs(pages[1] * 4096 - (after["used_memory_rss"] ?? 0)) < Double(8 << 20))
                #expect((after["allocator_resident"] ?? 0) <= (after["used_memory_rss"] ?? 0))
                try connection.run("DEL", "k")
                try #expect(figures(connection, "memory")["used_memory"] ?? 0 < Double(size))
            }
        }

        @Test func theThreadsShareOfCPUTimeIsNoMoreThanTheProcesss() throws {
            try withServer { server in
                let connection = try server.connect()
                try connection.run("DEBUG", "POPULATE", 100_000)
                let seen = try figures(connection, "cpu")
                let thread = (seen["used_cpu_user_main_thread"] ?? -1) + (seen["used_cpu_sys_main_thread"] ?? -1)
                let process = (seen["used_cpu_user"] ?? -1) + (seen["used_cpu_sys"] ?? -1)
                #expect(thread > 0 && thread <= process + 0.05)
            }
        }

        @Test func clientsThatWaitAreCounted() throws {
            try withServer { server in
                let connection = try server.connect()
                let others = try (0..<3).map { _ in try server.connect() }
                try others[0].send(encodedRequest("BLPOP", "a", "b", "0"))
                try others[1].send(encodedRequest("BLPOP", "b", "100"))
                try connection.run("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM")
                try others[2].send(
                    encodedRequest("XREADGROUP", "GROUP", "g", "c", "BLOCK", "100000", "STREAMS", "s", ">"))
                try #expect(eventually { try figures(connection, "clients")["blocked_clients"] == 3 })
                let seen = try figures(connection, "clients")
                #expect(seen["clients_in_timeout_table"] == 2 && seen["total_blocking_keys"] == 3)
                #expect(seen["total_blocking_keys_on_nokey"] == 1 && seen["connected_clients"] == 4)
            }
        }
    }
}
