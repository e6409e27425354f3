import RESP
import Testing

@testable import Commands
@testable import Scripting

/// Known ways out of sandboxes of this kind. Each ends in an error, and the node goes on as if nothing had been.
@Suite struct AttackTests {
    let node = TestNode.scripted()

    static let attacks = [
        // Leaving something for other scripts.
        "x = 1", "function f() end", "_G.x = 1", "rawset(_G, 'x', 1)", "redis.call = 1", "string.sub = nil",
        "rawset(string, 'sub', 1)", "table.insert(redis, 1)", "table.insert(_G, 1)", "table.remove(_G)",
        "table.sort(math)", "setmetatable(_G, {})", "setmetatable(_G, nil)", "setmetatable(string, {})",
        "getmetatable('').__index = function() return 'x' end", "getmetatable('').x = 1",
        "rawset(getmetatable(''), '__index', 1)", "setmetatable(getmetatable(''), {})", "getmetatable(_G).__index = 1",
        "rawset(getmetatable(_G), '__newindex', nil)", "getmetatable(redis).__index = 1", "cjson.encode = nil",
        "bit.band = nil", "cmsgpack.pack = nil", "struct.pack = nil", "math.random = nil", "os.clock = nil",
        "coroutine.wrap(function() x = 1 end)()", "loadstring('x = 1')()",
        "load(coroutine.wrap(function() coroutine.yield('x = 1') end))()", "server.call = 1",
        "for k in pairs(_G) do _G[k] = nil end", "next(_G).x = 1 error('x')",
        // Reaching the host.
        "return io.open('/etc/passwd')", "return os.execute('true')", "return os.getenv('HOME')", "os.exit(1)",
        "return require('io')", "return module('x')", "return package.loaded", "return package.loadlib('x', 'y')",
        "return dofile('/etc/passwd')", "return loadfile('/etc/passwd')()", "print('x')", "return debug.getregistry()",
        "return debug.sethook()", "return newproxy(true)", "return getfenv(0)", "setfenv(1, {})",
        // Code that nothing checks.
        "loadstring(string.char(27) .. 'Lua')()", "loadstring(string.dump(function() end))()",
        "load(function() return string.char(27) .. 'LuaQ' end)()", "assert(loadstring('\\27Lua'))",
        // Taking too much.
        "local t = {} while true do t[#t + 1] = string.rep('x', 100000) .. #t end", "return string.rep('x', 2 ^ 30)",
        "local s = 'x' while true do s = s .. s end", "local function f() return f() + 1 end return f()",
        "local t = {} for i = 1, 300 do t = {t} end return cjson.encode(cjson.encode_max_depth(100) and t)",
        "local function nest() return coroutine.wrap(nest)() end return nest()",
        "local f f = function() return select(2, assert(pcall(string.gsub, 'x', 'x', f))) end error(tostring(f()))",
        "return table.concat({}, 'x', 1, 2 ^ 30)", "return unpack({}, 1, 10000000)",
        "table.insert({}, -2 ^ 31, 1)", "return loadstring(string.rep('(', 100000))()",
        "return redis.call('set', 'k', string.rep('x', 600000000))",
        "local t = {} for i = 1, 9000 do t[i] = 'x' end return redis.call(unpack(t))",
        "return cmsgpack.unpack(string.rep(string.char(0x91), 100000))", "error(setmetatable({}, {__tostring = 1}))",
        "string.find(string.rep('a', 300000), string.rep('a?', 300000) .. 'b')",
        "error()", "error(nil)", "error({})", "error({err = {}})", "error({err = 1, source = {}, line = {}})",
    ]

    @Test(arguments: attacks)
    func anAttackEndsInAnError(_ script: String) {
        #expect(node.failure(script) != nil)
        let state = """
            return {type(redis.call), ('x'):upper(), string.sub('abc', 2, 2), #cjson.encode({1}),
                (pcall(function() return x end))}
            """
        #expect(
            node.eval(state)
                == .array([.text("function"), .text("X"), .text("b"), .integer(3), .null]))
    }

    @Test func valuesThatNestForeverEndInAnErrorInside() {
        node.client.send(TestClient.request(["EVAL", "local t = {} t[1] = t return t", "0"]))
        let text = String(node.client.session.writer.bytes)
        #expect(text.hasSuffix("-ERR reached lua stack limit\r\n"))
        node.client.session.didSend(text.utf8.count)
        #expect(node.eval("return 1") == .integer(1))
    }

    @Test func settingsOfALibraryEndWithTheScript() {
        node.eval("cjson.encode_max_depth(1)")
        #expect(node.eval("return cjson.encode({{{1}}})") == .text("[[[1]]]"))
    }

    @Test func memoryComesBackAfterAScriptThatTookAllOfIt() throws {
        #expect(node.failure("local t = {} while true do t[#t + 1] = {} end")?.contains("not enough memory") == true)
        #expect(node.eval("return #string.rep('x', 1000000)") == .integer(1_000_000))
        node.run("SCRIPT", "FLUSH")
        #expect(try #require(node.node.scripts).figures.interpreterBytes < 1 << 20)
    }
}
