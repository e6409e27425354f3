// ScriptingTests: scripts and functions on a node without I/O, with the clients that tests of commands have.
import Primitives
import RESP
import Settings
import Storage
import Testing

@testable import Commands
@testable import Scripting

extension TestNode {
    /// A node that knows scripts.
    static func scripted(_ settings: Settings = Settings()) -> TestNode {
        let made = TestNode(settings: settings, families: allFamilies + scriptingFamilies)
        ScriptHost.make(made.node, mostBytes: 64 << 20)
        return made
    }

    /// Runs a script without keys.
    @discardableResult
    func eval(_ script: String, _ arguments: String...) -> Reply { run(["EVAL", script, "0"] + arguments) }

    /// The text of the error that a script ends in; nil if it does not.
    func failure(_ script: String) -> String? {
        guard case .error(let text) = eval(script) else { return nil }
        return text
    }
}

extension Reply {
    /// A bulk string.
    static func text(_ text: String) -> Reply { .bulk(Array(text.utf8)) }
}

@Suite struct EvalTests {
    let node = TestNode.scripted()

    @Test func aScriptSeesItsKeysAndArguments() {
        let reply = node.run("EVAL", "return {KEYS[1], ARGV[1], #KEYS, #ARGV}", "1", "key", "argument")
        #expect(reply == .array([.text("key"), .text("argument"), .integer(1), .integer(1)]))
    }

    @Test func commandsRunAndTheirRepliesComeBack() {
        #expect(node.eval("return redis.call('set', 'k', 1.5)") == .simple("OK"))
        #expect(node.run("GET", "k") == .text("1.5"))
        #expect(node.eval("return server.call('get', 'k')") == .text("1.5"))
        #expect(node.eval("return redis.call('set', 'k', 10) and redis.call('incr', 'k') + 1") == .integer(12))
    }

    @Test func anErrorSaysWhereItCameFrom() {
        node.run("RPUSH", "l", "a")
        let text = node.failure("\nreturn redis.call('get', 'l')")
        #expect(text?.hasPrefix("WRONGTYPE Operation against a key holding the wrong kind of value script: ") == true)
        #expect(text?.hasSuffix(", on @user_script:2.") == true)
    }

    @Test func aFailedCommandIsCountedOnce() {
        node.run("CONFIG", "RESETSTAT")
        node.eval("return redis.call('nosuch')")
        node.eval("return redis.pcall('nosuch')")
        #expect(node.node.statistics.errorReplies == 2)
    }

    @Test func timeStandsStillDuringAScript() {
        node.hands.nanosecondsPerLook = 1_000_000_000
        let reply = node.eval(
            """
            redis.call('set', 'k', 'v', 'px', 1)
            local before = redis.call('time')
            for i = 1, 200000 do end
            local after = redis.call('time')
            return {before[1] == after[1] and before[2] == after[2], redis.call('exists', 'k')}
            """)
        #expect(reply == .array([.integer(1), .integer(1)]))
    }

    @Test func noScriptBlocks() {
        #expect(node.eval("return redis.call('blpop', 'l', 0)") == .null)
        #expect(node.eval("return redis.call('xread', 'block', 0, 'streams', 's', '$')") == .null)
    }

    @Test func theDatabaseThatAScriptSelectsIsItsOwn() {
        node.eval("redis.call('select', 3) redis.call('set', 'k', 'v')")
        #expect(node.run("EXISTS", "k") == .integer(0))
        node.run("SELECT", "3")
        #expect(node.eval("return redis.call('get', 'k')") == .text("v"))
    }

    @Test func linesOfScriptsReachTheLog() {
        node.eval("redis.log(redis.LOG_WARNING, 'from', 'a', 'script')")
        let lines = node.node.takeActions().compactMap { if case .log(_, let text) = $0 { text } else { nil } }
        #expect(lines == ["from a script"])
    }

    @Test func numbersAreWrittenAsShortAsTheyCanBe() {
        node.eval("redis.call('rpush', 'l', 3.1, 1e20, 2^53, -0.5, 1/3)")
        let texts = ["3.1", "1e+20", "9007199254740992", "-0.5", "0.3333333333333333"]
        #expect(node.run("LRANGE", "l", "0", "-1") == .array(texts.map { .text($0) }))
    }
}

@Suite struct ScriptCacheTests {
    let node = TestNode.scripted()

    @Test func aScriptIsKnownByItsName() {
        #expect(node.run("SCRIPT", "LOAD", "return 1") == .text("e0e1f9fabfc9d4800c877a703b823ac0578ff8db"))
        #expect(node.run("EVALSHA", "E0E1F9FABFC9D4800C877A703B823AC0578FF8DB", "0") == .integer(1))
        #expect(node.run("SCRIPT", "SHOW", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db") == .text("return 1"))
        node.run("SCRIPT", "FLUSH")
        #expect(
            node.run("EVALSHA", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", "0")
                == .error("NOSCRIPT No matching script. Please use EVAL."))
    }

    @Test func textsBuiltByClientsDoNotFillTheMemory() throws {
        node.run("SCRIPT", "LOAD", "return 'kept'")
        for number in 0..<600 { node.eval("return \(number)") }
        let figures = try #require(node.node.scripts).figures
        #expect(figures.cachedScripts == 501)
        #expect(figures.evictedScripts == 100)
        #expect(node.eval("return 'kept'") == .text("kept"))
    }
}

@Suite struct ScriptEffectTests {
    /// What a reader of the journal gets to see.
    final class Reader: JournalReader {
        var text = ""
        func read(_ bytes: Bytes, endingAt offset: Int64) { text += String(bytes) }
    }

    let node = TestNode.scripted()
    let reader = Reader()

    init() { node.node.keyspace.journal.attach(reader) }

    @Test func whatAScriptChangesIsOneTransaction() {
        node.eval("redis.call('set', 'a', 1) redis.call('get', 'a') redis.call('incr', 'a')")
        let words = reader.text.split(separator: "\r\n").filter { !$0.hasPrefix("*") && !$0.hasPrefix("$") }
        #expect(words == ["SELECT", "0", "MULTI", "SET", "a", "1", "INCR", "a", "EXEC"])
    }

    @Test func aScriptMayLeaveItsChangesUnrecorded() {
        node.eval("redis.set_repl(redis.REPL_NONE) redis.call('set', 'a', 1)")
        #expect(reader.text.isEmpty)
        node.run("SET", "b", "1")
        #expect(reader.text.contains("SET"))
    }

    @Test func aScriptThatFailsKeepsWhatItHasDone() {
        node.eval("redis.call('set', 'a', 1) error('boom')")
        #expect(node.run("GET", "a") == .text("1"))
        #expect(reader.text.contains("SET"))
    }

    @Test func librariesTravelAsTheyWereLoaded() {
        node.run("FUNCTION", "LOAD", "#!lua name=lib\nredis.register_function('f', function() return 1 end)")
        #expect(reader.text.contains("FUNCTION\r\n$4\r\nLOAD"))
        reader.text = ""
        node.run("FUNCTION", "LOAD", "#!lua name=lib\nredis.register_function('f', function() return 1 end)")
        node.run("FUNCTION", "DELETE", "nosuch")
        #expect(reader.text.isEmpty)
        node.run("FUNCTION", "DELETE", "lib")
        #expect(reader.text.contains("DELETE"))
    }
}
