import RESP
import Testing

@testable import Commands
@testable import Scripting

/// What the libraries give to scripts; that they give what redis-server's give stands in the differential cases.
@Suite struct LibraryTests {
    let node = TestNode.scripted()

    @Test func jsonGoesThereAndBack() {
        let text = #"{"name":"apus","tags":["a","b",null,true],"size":{"x":1.5,"y":-2}}"#
        #expect(node.eval("return cjson.decode(ARGV[1]).tags[2]", text) == .text("b"))
        #expect(node.eval("return cjson.decode(ARGV[1]).size.y", text) == .integer(-2))
        #expect(node.eval("return cjson.encode(cjson.decode(ARGV[1]).tags)", text) == .text(#"["a","b",null,true]"#))
        #expect(node.eval("return tostring(cjson.decode(ARGV[1]).tags[3] == cjson.null)", text) == .text("true"))
    }

    @Test func jsonWritesWholeNumbersWithAllTheirDigits() {
        let numbers = "{0, -0, 7, -12, 99999999999999, 1e14, 0.1}"
        #expect(node.eval("return cjson.encode(\(numbers))") == .text("[0,0,7,-12,99999999999999,1e+14,0.1]"))
        #expect(node.eval("return cjson.encode({0 * -1})") == .text("[-0]"))
        #expect(
            node.eval("local j = cjson.new() j.encode_number_precision(3) return j.encode({999, 1000, 1 / 3})")
                == .text("[999,1e+03,0.333]"))
    }

    @Test func anEmptyArrayOfJsonStaysOneWhereThatIsWanted() {
        #expect(node.eval("return cjson.encode(cjson.decode('[[],{}]'))") == .text("[{},{}]"))
        let marking = "local j = cjson.new() j.decode_array_with_array_mt(true) "
        #expect(
            node.eval(marking + "return j.encode(j.decode('[[],{},[1],{\"a\":[]}]'))")
                == .text(#"[[],{},[1],{"a":[]}]"#)
        )
        #expect(node.eval(marking + "local a = j.decode('[]') a[1] = 5 return j.encode(a)") == .text("[5]"))
        #expect(node.eval(marking + "return tostring(j.decode_array_with_array_mt())") == .text("true"))
    }

    @Test func indicesThatNoArrayHasAreKeys() {
        #expect(node.eval("return cjson.encode({[2 ^ 40] = 1})") == .text(#"{"1099511627776":1}"#))
        #expect(node.failure("return cjson.encode({[2 ^ 30] = 1})")?.contains("excessively sparse array") == true)
    }

    @Test func jsonSaysWhereItIsNone() {
        let expected = "Expected value but found T_ARR_END at character 4"
        #expect(node.failure("return cjson.decode('[1,]')")?.contains(expected) == true)
        #expect(node.failure("return cjson.decode('\"\\\\ud800\"')")?.contains("invalid unicode escape code") == true)
    }

    @Test func depthOfJsonIsLimitedWhateverIsSet() {
        let decoding = "local j = cjson.new() j.decode_max_depth(2147483647) return j.decode(string.rep('[', 1000000))"
        #expect(node.failure(decoding)?.contains("too many nested data structures") == true)
        let encoding = "local j = cjson.new() j.encode_max_depth(2147483647) local a = {} a.a = a return j.encode(a)"
        #expect(node.failure(encoding)?.contains("excessive nesting") == true)
    }

    @Test func messagesArePackedAndUnpacked() {
        #expect(
            node.eval("return cmsgpack.pack({1, 'two', {a = false}})")
                == .bulk([0x93, 1, 0xA3] + "two".utf8 + [0x81, 0xA1, 0x61, 0xC2]))
        #expect(
            node.eval("return {cmsgpack.unpack(cmsgpack.pack(1, 'two', {3}))}")
                == .array([.integer(1), .text("two"), .array([.integer(3)])]))
        #expect(node.eval("return {cmsgpack.unpack_one('\\1\\2', 1)}") == .array([.integer(-1), .integer(2)]))
    }

    @Test func messagesThatPromiseMoreThanTheyHoldAreRefused() {
        #expect(
            node.failure(#"return cmsgpack.unpack('\221\255\255\255\255')"#)?.contains("Missing bytes in input.")
                == true)
        #expect(
            node.failure(#"return cmsgpack.unpack(string.rep('\221\255\255\255\255', 100000))"#)?.contains(
                "stack overflow")
                == true)
        #expect(
            node.failure(#"return cmsgpack.unpack(string.rep('\129', 100000))"#)?.contains("stack overflow") == true)
        #expect(node.failure(#"return cmsgpack.unpack('\193')"#)?.contains("Bad data format in input.") == true)
    }

    @Test func structuresAreBoundedByTheirData() {
        #expect(node.eval("return struct.pack('>I2s', 258, 'hi')") == .bulk([1, 2] + "hi".utf8 + [0]))
        #expect(
            node.eval("return {struct.unpack('>I2s', struct.pack('>I2s', 258, 'hi'))}")
                == .array([.integer(258), .text("hi"), .integer(6)]))
        for format in ["c2147483647", "i8", "!64 bi32", "xxxxx"] {
            #expect(
                node.failure("return {struct.unpack('\(format)', 'abcd')}")?.contains("data string too short") == true,
                "\(format)")
        }
        #expect(node.failure("return {struct.unpack('bc0', '\\255abc')}")?.contains("data string too short") == true)
        #expect(node.failure("return struct.size('c99999999999999999999')")?.contains("integral size overflow") == true)
    }

    @Test func bitsAreThoseOfThirtyTwo() {
        #expect(
            node.eval("return {bit.bor(1, 6), bit.lshift(1, 31), bit.rol(0x12345678, 8)}")
                == .array([.integer(7), .integer(-2_147_483_648), .integer(0x3456_7812)]))
        #expect(node.eval("return bit.tohex(-1, 4)") == .text("ffff"))
    }

    /// Patterns that would take years end in an error.
    @Test(arguments: [
        "string.match(string.rep('a', 300000), '.-.-.-.-b')",
        "string.gsub(string.rep('a', 1000000), '[' .. string.rep('b', 1000000) .. ']*', '')",
        "string.match(string.rep('a', 1000000), '(.*)%1x')",
        "string.find(string.rep('a', 1000000), string.rep('a*', 1000000))",
    ])
    func patternsHaveALimitOfSteps(call: String) {
        #expect(node.failure("return \(call)")?.contains("pattern too complex") == true)
        #expect(node.eval("return 1") == .integer(1))
    }

    @Test func stringsHaveALimitOfLength() {
        #expect(node.failure("return string.rep('ab', 2000000000)")?.contains("resulting string too large") == true)
        #expect(node.eval("return #string.rep('ab', 1000)") == .integer(2000))
        #expect(node.eval("return #string.rep('', 2000000000)") == .integer(0))
    }

    @Test func formatsTakeNoMoreThanTheyHaveRoomFor() {
        #expect(node.eval("return #string.format('%99.99f', -1e308)") == .integer(410))
        for format in ["%100d", "%.100f", "%-------d", "%n", "%ld", "%*d", "%p"] {
            #expect(node.failure("return string.format('\(format)', 1)") != nil, "\(format)")
        }
    }

    @Test func aCallbackMayFailOrCallBack() {
        #expect(
            node.failure("return string.gsub('abc', '%w', function() error('enough') end)")?.contains("enough") == true)
        let nested = "return (string.gsub('ab', '%w', function(c) return (string.gsub('xy', '%w', c .. '%0')) end))"
        #expect(node.eval(nested) == .text("axaybxby"))
        let deep = "local function f(n) return (string.gsub('a', 'a', function() return f(n + 1) end)) end return f(1)"
        #expect(node.failure(deep) != nil)
        #expect(node.eval("return 1") == .integer(1))
    }
}
