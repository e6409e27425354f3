import Primitives
import RESP
import Settings
import Testing

@testable import Commands
@testable import Scripting

@Suite struct FunctionTests {
    let node = TestNode.scripted()
    static let code = """
        #!lua name=lib
        local calls = 0
        redis.register_function('count', function(keys, arguments) calls = calls + 1 return {calls, #keys, #arguments} end)
        redis.register_function{
            function_name = 'get', callback = function(keys) return redis.call('get', keys[1]) end, flags = {'no-writes'},
            description = 'reads'
        }
        """

    @Test func functionsAreCalledInAnyCase() {
        #expect(node.run("FUNCTION", "LOAD", Self.code) == .text("lib"))
        #expect(node.run("FCALL", "count", "1", "k", "a", "b") == .array([.integer(1), .integer(1), .integer(2)]))
        #expect(node.run("FCALL", "COUNT", "0") == .array([.integer(2), .integer(0), .integer(0)]))
        node.run("SET", "k", "v")
        #expect(node.run("FCALL_RO", "get", "1", "k") == .text("v"))
        #expect(
            node.run("FCALL_RO", "count", "0")
                == .error("ERR Can not execute a script with write flag using *_ro command."))
    }

    @Test func aDumpBringsLibrariesBack() throws {
        node.run("FUNCTION", "LOAD", Self.code)
        guard case .bulk(let payload) = node.run("FUNCTION", "DUMP") else { return #expect(Bool(false)) }
        let codes = try #require(payload.withBytes { LibraryPayload.read($0) })
        #expect(codes == [Array(Self.code.utf8)])
        for index in payload.indices {
            var damaged = payload
            damaged[index] ^= 1
            #expect(damaged.withBytes { LibraryPayload.read($0) } == nil)
        }
    }

    @Test(arguments: [0, 1, 63, 64, 16383, 16384, 100_000])
    func codesOfAnyLengthComeBack(_ length: Int) {
        let library = Library(name: "l", code: [UInt8](repeating: 7, count: length), functions: [])
        let payload = LibraryPayload.write([library, library])
        #expect(payload.withBytes { LibraryPayload.read($0) } == [library.code, library.code])
    }

    @Test func ofADumpAllOrNothingIsRestored() {
        node.run("FUNCTION", "LOAD", "#!lua name=other\nredis.register_function('get', function() return 1 end)")
        let libraries = ["#!lua name=a\nredis.register_function('a', function() return 1 end)", Self.code].map {
            Library(name: "", code: Array($0.utf8), functions: [])
        }
        let payload = LibraryPayload.write(libraries)
        let client = node.client
        client.send(Array("*3\r\n$8\r\nFUNCTION\r\n$7\r\nRESTORE\r\n$\(payload.count)\r\n".utf8) + payload + [13, 10])
        #expect(client.replies() == [.error("ERR Function get already exists")])
        #expect(node.run("FCALL", "a", "0") == .error("ERR Function not found"))
        #expect(node.run("FCALL", "get", "0") == .integer(1))
    }

    @Test func aWrongChecksumIsTakenWhereThatIsWanted() {
        var settings = Settings()
        settings.enableDebugCommand = .yes
        let node = TestNode.scripted(settings)
        var payload = LibraryPayload.write([Library(name: "", code: Array(Self.code.utf8), functions: [])])
        payload[payload.count - 1] ^= 1
        func restore() -> [Reply] {
            let head = "*3\r\n$8\r\nFUNCTION\r\n$7\r\nRESTORE\r\n$\(payload.count)\r\n"
            node.client.send(Array(head.utf8) + payload + [13, 10])
            return node.client.replies()
        }
        #expect(restore() == [.error("ERR DUMP payload version or checksum are wrong")])
        node.run("DEBUG", "SET-SKIP-CHECKSUM-VALIDATION", "1")
        #expect(restore() == [.simple("OK")])
        #expect(node.run("FCALL", "count", "0") == .array([.integer(1), .integer(0), .integer(0)]))
    }

    @Test func aLibraryThatFailsLeavesTheOldOne() {
        node.run("FUNCTION", "LOAD", Self.code)
        node.run(
            "FUNCTION", "LOAD", "REPLACE", "#!lua name=lib\nredis.register_function('f', function() end) error('x')")
        #expect(node.run("FCALL", "count", "0") == .array([.integer(1), .integer(0), .integer(0)]))
    }
}

@Suite struct ChecksumTests {
    @Test func theCheckValueOfTheChecksum() {
        #expect(Array("123456789".utf8).withBytes { CRC64.checksum($0) } == 0xE9C6_D914_C4B8_D9CA)
    }

    @Test func compressedBytesComeBack() {
        let packed: [UInt8] = [1, 97, 98, 0x20, 1, 0xE0, 1, 0]
        #expect(packed.withBytes { LZF.decompressed($0, length: 15) } == Array("ababaaaaaaaaaaa".utf8))
        #expect(packed.withBytes { LZF.decompressed($0, length: 14) } == nil)
        #expect([UInt8]([0x20, 9]).withBytes { LZF.decompressed($0, length: 3) } == nil)
        #expect([UInt8]([5, 1]).withBytes { LZF.decompressed($0, length: 6) } == nil)
    }
}
