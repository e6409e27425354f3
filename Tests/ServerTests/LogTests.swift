import Glibc
import Logging
import Settings
import Testing

@testable import Server

@Suite struct LogTests {
    private func line(
        _ message: String, _ level: LogLevel = .notice, fields: [(name: String, value: String)] = []
    ) -> LogLine {
        LogLine(
            processID: 47, time: LogTime(seconds: 86_400, milliseconds: 7), level: level, message: message,
            fields: fields)
    }

    private func temporaryPath() -> String {
        var template = Array("/tmp/apus-log-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        close(descriptor)
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private func text(of path: String) -> String { readText(path) ?? "" }

    // MARK: Forms

    @Test func hasTheReferencesForm() {
        let text = line("Ready").text(.legacy, .milliseconds)
        #expect(text == "47:M 86400007 * Ready\n")
        #expect(line("x", .debug).text(.legacy, .milliseconds).hasSuffix(" . x\n"))
        #expect(line("x", .verbose).text(.legacy, .milliseconds).hasSuffix(" - x\n"))
        #expect(line("x", .warning).text(.legacy, .milliseconds).hasSuffix(" # x\n"))
    }

    @Test func tellsWhetherAReplicaWrites() {
        var line = line("Ready")
        line.isReplica = true
        #expect(line.text(.legacy, .milliseconds) == "47:S 86400007 * Ready\n")
        #expect(line.text(.logfmt, .milliseconds).contains("role=replica "))
        #expect(line.text(.json, .milliseconds).contains("\"role\":\"replica\","))
    }

    @Test func tellsTheTimeInThreeForms() {
        let time = LogTime(seconds: 86_400, milliseconds: 7)
        #expect(time.text(.milliseconds) == "86400007")
        let legacy = time.text(.legacy)
        #expect(legacy.utf8.count == 24 && legacy.hasSuffix(".007") && legacy.contains(" Jan 1970 "))
        let iso = time.text(.iso8601)
        #expect(iso.hasPrefix("1970-01-0") && iso.contains("T") && iso.utf8.count == 29)
        #expect(iso.dropFirst(23).first == "+" || iso.dropFirst(23).first == "-")
    }

    @Test func isWrittenAsPairs() {
        #expect(
            line("say \"a\\b\"", .verbose).text(.logfmt, .milliseconds)
                == #"pid=47 role=primary timestamp="86400007" level=info message="say \"a\\b\"""# + "\n")
    }

    @Test func isWrittenAsJSON() {
        #expect(
            line("say \"ä\"", .warning, fields: [("peer addr", "1.2.3.4:5")]).text(.json, .milliseconds)
                == #"{"pid":47,"role":"primary","timestamp":"86400007","level":"warning","message":"say \"ä\"","#
                + #""peer_addr":"1.2.3.4:5"}"# + "\n")
    }

    @Test(arguments: LogFormat.allCases)
    func whatClientsSendCannotForgeALine(_ format: LogFormat) {
        let hostile = "a\n1:M 01 Jan 1970 * forged\r\u{1B}[2J\u{9B}31m\u{0}\u{202E}\u{7F}"
        let text = line(hostile, fields: [("n\n=", hostile)]).text(format, .legacy)
        #expect(text.hasSuffix("\n"))
        let body = text.unicodeScalars.dropLast()
        #expect(body.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) && $0.value != 0x202E })
        #expect(text.contains("a\\n1:M"))
    }

    @Test func longMessagesAreCut() {
        let text = line(String(repeating: "é", count: 100_000)).text(.json, .milliseconds)
        #expect(text.utf8.count < LogLine.longestText + 200)
    }

    @Test func theSystemLogGetsFacilityAndSeverity() {
        let datagram = String(decoding: line("hello", .warning).datagram(.local3, "cache"), as: UTF8.self)
        #expect(datagram.hasPrefix("<156>Jan "))
        #expect(datagram.hasSuffix(" cache[47]: hello"))
        #expect(String(decoding: line("x", .debug).datagram(.user, "i"), as: UTF8.self).hasPrefix("<15>"))
    }

    // MARK: Levels

    @Test func levelsAreOrdered() {
        let levels: [LogLevel] = [.debug, .verbose, .notice, .warning]
        for (index, threshold) in levels.enumerated() {
            #expect(levels.filter { $0.isWanted(at: threshold) } == Array(levels[index...]))
        }
        #expect(levels.allSatisfy { !$0.isWanted(at: .nothing) })
    }

    @Test func levelsOfSwiftLogHaveTheirCounterparts() {
        #expect(
            Logger.Level.allCases.map { LogLevel($0) } == [
                .debug, .debug, .verbose, .notice, .warning, .warning, .warning,
            ])
        #expect([LogLevel.debug, .verbose, .notice, .warning].allSatisfy { LogLevel(Logger.Level($0)) == $0 })
    }

    // MARK: Writing

    @Test func aLoggerOfALibraryWritesHereWithItsMetadata() {
        let path = temporaryPath()
        defer { unlink(path) }
        let writer = LogWriter(LogOptions(level: .verbose, format: .logfmt, path: path))
        var logger = Logger(label: "library") { _ in ServerLogHandler(writer) }
        logger[metadataKey: "connection"] = "7"
        logger.debug("unheard")
        logger.info("heard", metadata: ["bytes": "12"])
        let text = text(of: path)
        #expect(!text.contains("unheard"))
        #expect(text.hasSuffix(#"level=info message="heard" bytes="12" connection="7""# + "\n"))
    }

    @Test func followsSettingsThatChange() {
        let (first, second) = (temporaryPath(), temporaryPath())
        defer { for path in [first, second] { unlink(path) } }
        var settings = Settings()
        settings.logfile = first
        let log = Log(settings)
        log.write(.verbose, "unwanted")
        log.write(.notice, "one")
        settings.loglevel = .debug
        settings.logfile = second
        settings.logFormat = .json
        log.adopt(settings)
        log.write(.debug, "two")
        #expect(text(of: first).hasSuffix("* one\n") && !text(of: first).contains("unwanted"))
        #expect(text(of: second).hasSuffix("\"message\":\"two\"}\n"))
    }

    @Test func aHelperWritesInOrderAndAFileThatWasMovedAwayIsReplaced() {
        let path = temporaryPath()
        let moved = path + ".1"
        defer { for path in [path, moved] { unlink(path) } }
        let writer = LogWriter(LogOptions(path: path))
        writer.start()
        for number in 0..<1000 { writer.append(.notice, "line \(number)") }
        writer.flush()
        #expect(rename(path, moved) == 0)
        writer.append(.notice, "after")
        writer.finish()
        writer.append(.notice, "written by who appends it")
        let numbers = text(of: moved).split(separator: "\n").compactMap { $0.split(separator: " ").last }
        #expect(numbers == (0..<1000).map { Substring(String($0)) })
        #expect(text(of: path).split(separator: "\n").count == 2)
    }

    @Test func nobodyWaitsForADiskAndLostLinesAreCounted() {
        let path = temporaryPath()
        let pipe = path + ".pipe"
        defer { for path in [path, pipe] { unlink(path) } }
        #expect(mkfifo(pipe, 0o600) == 0)
        // Opening a pipe for writing waits for a reader: that is the disk that takes nothing.
        let writer = LogWriter(LogOptions(path: pipe))
        writer.start()
        let filler = String(repeating: "x", count: 4000)
        for _ in 0..<5000 { writer.append(.notice, filler) }
        writer.options = LogOptions(path: path)
        let reader = open(pipe, O_RDWR | O_NONBLOCK)
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        for _ in 0..<20_000 where !text(of: path).contains("were lost") {
            if read(reader, &chunk, chunk.count) <= 0 { usleep(500) }
        }
        close(reader)
        writer.finish()
        #expect(text(of: path).contains(" lines of the log were lost: it was written too slowly.\n"))
    }

    @Test func theSystemLogIsReachedAgainAfterARestart() {
        let path = temporaryPath()
        unlink(path)
        defer { unlink(path) }
        let file = temporaryPath()
        defer { unlink(file) }
        let options = LogOptions(path: file, system: .init(facility: .local0, identity: "apus"))
        let writer = LogWriter(options, systemLogPath: path)
        writer.append(.notice, "nobody listens")
        for round in 0..<2 {
            let log = FakeSystemLog(path)
            writer.append(.notice, "round \(round)")
            #expect(log.receive().hasSuffix(": round \(round)"))
            log.close()
        }
    }
}

/// What listens at the socket of the system log.
private struct FakeSystemLog {
    private let descriptor: Int32
    private let path: String

    init(_ path: String) {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        precondition(code == 0)
    }

    func receive() -> String {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    func close() {
        Glibc.close(descriptor)
        unlink(path)
    }
}
