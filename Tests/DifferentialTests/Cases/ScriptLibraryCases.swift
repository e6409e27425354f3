/// The libraries that scripts are given: cjson, cmsgpack, struct, bit and string.
let scriptLibraryCases = #"""
    == What the libraries offer | needs EVAL
    EVAL 'local t = {} for k, v in pairs(cmsgpack) do if type(v) == "function" then t[#t + 1] = k end end table.sort(t) return t' 0
    EVAL 'local t = {} for k, v in pairs(struct) do t[#t + 1] = k .. type(v) end table.sort(t) return t' 0
    EVAL 'local t = {} for k, v in pairs(bit) do t[#t + 1] = k .. type(v) end table.sort(t) return t' 0
    EVAL 'return {cjson._NAME, cjson._VERSION, cmsgpack._NAME, cmsgpack._VERSION, cmsgpack._DESCRIPTION}' 0
    == cjson.encode: scalars and tables | needs EVAL
    EVAL 'return cjson.encode({1, 2, "three", true, false, cjson.null})' 0
    EVAL 'return cjson.encode({})' 0
    EVAL 'return cjson.encode({{}, {1}, {a = {}}})' 0
    EVAL 'return cjson.encode({a = {1, {b = {2}}}})' 0
    EVAL 'return cjson.encode(nil)' 0
    EVAL 'return cjson.encode(true)' 0
    EVAL 'return cjson.encode("text")' 0
    EVAL 'return cjson.encode({[1.5] = 1})' 0
    EVAL 'return cjson.encode({[0] = 1})' 0
    EVAL 'return cjson.encode({[-1] = 1})' 0
    EVAL 'return cjson.encode({["1"] = "a string is no index"})' 0
    EVAL 'return cjson.encode(KEYS)' 0
    EVAL 'return cjson.encode({KEYS, ARGV})' 2 k1 k2 a "b \x00 \x01 \" \\ / \n \x7f \xff"
    EVAL 'return cjson.encode()' 0
    EVAL 'return cjson.encode(1, 2)' 0
    EVAL 'return cjson.encode(function() end)' 0
    EVAL 'return cjson.encode({cjson.encode})' 0
    EVAL 'return cjson.encode(coroutine.create(function() end))' 0
    EVAL 'return cjson.encode({[true] = 1})' 0
    == cjson.encode: numbers | needs EVAL
    EVAL 'return cjson.encode({0, -0, 1, -1, 10, 99999, 123456789012, -123456789012})' 0
    EVAL 'return cjson.encode({99999999999999, 100000000000000, 1e15, 2 ^ 53, 2 ^ 63, -2 ^ 63})' 0
    EVAL 'return cjson.encode({0.1, 1.5, -2.25, 1 / 3, 3.14159265358979, 1e-7, 1e300, 5e-324})' 0
    EVAL 'return cjson.encode({1e20, 123456789012345678, 0.1 + 0.2, 100 / 3})' 0
    EVAL 'return cjson.encode(1 / 0)' 0
    EVAL 'return cjson.encode({0 / 0})' 0
    EVAL 'local j = cjson.new() j.encode_invalid_numbers(true) return j.encode({1 / 0, -1 / 0, 0 / 0})' 0
    EVAL 'local j = cjson.new() j.encode_invalid_numbers("null") return j.encode({1 / 0, 0 / 0})' 0
    EVAL 'local j = cjson.new() j.encode_number_precision(3) return j.encode({1 / 3, 1000, 999, 123456})' 0
    EVAL 'local j = cjson.new() j.encode_number_precision(1) return j.encode({9, 10, 0.25, -9})' 0
    == cjson.encode: arrays with holes | needs EVAL
    EVAL 'return cjson.encode({1, 2, nil, 4})' 0
    EVAL 'return cjson.encode({[3] = 1})' 0
    EVAL 'return cjson.encode({[10] = 1})' 0
    EVAL 'return cjson.encode({[11] = 1})' 0
    EVAL 'return cjson.encode({[20] = 1})' 0
    EVAL 'return cjson.encode({1, 2, 3, 4, 5, 6, [12] = 1})' 0
    EVAL 'local j = cjson.new() j.encode_sparse_array(true) return j.encode({[20] = 1})' 0
    EVAL 'local j = cjson.new() j.encode_sparse_array(true, 1, 1) return j.encode({[2] = 1})' 0
    EVAL 'local j = cjson.new() j.encode_sparse_array(false, 0) return j.encode({[20] = 1})' 0
    EVAL 'local j = cjson.new() return {j.encode_sparse_array("on", 3, 4)}' 0
    == cjson: depth | needs EVAL
    EVAL 'local a = {} for i = 1, 998 do a = {a} end return cjson.encode(a)' 0
    EVAL 'local a = {} for i = 1, 999 do a = {a} end return #cjson.encode(a)' 0
    EVAL 'local a = {} for i = 1, 1000 do a = {a} end return cjson.encode(a)' 0
    EVAL 'local a = {} a.a = a return cjson.encode(a)' 0
    EVAL 'local j = cjson.new() j.encode_max_depth(2) return j.encode({{1}})' 0
    EVAL 'local j = cjson.new() j.encode_max_depth(2) return j.encode({{{1}}})' 0
    EVAL 'return #cjson.decode(string.rep("[", 1000) .. string.rep("]", 1000))' 0
    EVAL 'return cjson.decode(string.rep("[", 1001) .. string.rep("]", 1001))' 0
    EVAL 'return cjson.decode(string.rep("{\"a\":", 1001))' 0
    EVAL 'local j = cjson.new() j.decode_max_depth(1) return j.decode("[1,2]")' 0
    EVAL 'local j = cjson.new() j.decode_max_depth(1) return j.decode("[[1,2]]")' 0
    == cjson.decode: values | needs EVAL
    EVAL 'return cjson.decode("[1,2,\"three\",[4,[5]],{},[]]")' 0
    EVAL 'return cjson.decode("{\"a\":{\"b\":[1,{\"c\":\"d\"}]}}").a.b[2].c' 0
    EVAL 'return cjson.decode("{\"a\":1,\"a\":2}").a' 0
    EVAL 'return {type(cjson.decode("null")), tostring(cjson.decode("null") == cjson.null)}' 0
    EVAL 'return {cjson.decode("true"), cjson.decode("7"), cjson.decode("\"text\"")}' 0
    EVAL 'return cjson.decode(" \t\r\n [ 1 , 2 ] \n")' 0
    EVAL 'return cjson.decode(12)' 0
    EVAL 'return cjson.decode(ARGV[1])' 0 "[\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\",\"\\\"\\\\\\/\\b\\f\\n\\r\\t\",\"\\u0000\"]"
    EVAL 'return cjson.decode(ARGV[1])' 0 "[\"\xff\xfe\",\"a\nb\"]"
    EVAL 'return cjson.encode(cjson.decode(ARGV[1]))' 0 "[1,[2,[3,[4]]],\"a/b\",null,true,{\"k\":[]}]"
    == cjson.decode: numbers | needs EVAL
    EVAL 'local t = cjson.decode("[0,-0,1.5,-1.5e3,1E2,1e-2,012,0x1F,+3]") for i, v in ipairs(t) do t[i] = tostring(v) end return t' 0
    EVAL 'local t = cjson.decode("[nan,-nan,inf,-Infinity,1e999,-1e999,9007199254740993]") for i, v in ipairs(t) do t[i] = tostring(v) end return t' 0
    EVAL 'local t = cjson.decode("[123456789012345,1234567890123456,-123456789012345678,1.]") for i, v in ipairs(t) do t[i] = tostring(v) end return t' 0
    EVAL 'local j = cjson.new() j.decode_invalid_numbers(false) return j.decode("[nan]")' 0
    EVAL 'local j = cjson.new() j.decode_invalid_numbers(false) return j.decode("[0x10]")' 0
    EVAL 'local j = cjson.new() j.decode_invalid_numbers(false) return j.decode("[01]")' 0
    EVAL 'local j = cjson.new() j.decode_invalid_numbers(false) return j.decode("[-0.5e1]")' 0
    == cjson.decode: what is none | needs EVAL
    EVAL 'return cjson.decode()' 0
    EVAL 'return cjson.decode({})' 0
    EVAL 'return cjson.decode("1", 2)' 0
    EVAL 'return cjson.decode(ARGV[1])' 0 ""
    EVAL 'return cjson.decode(ARGV[1])' 0 "   "
    EVAL 'return cjson.decode(ARGV[1])' 0 "["
    EVAL 'return cjson.decode(ARGV[1])' 0 "[1,2"
    EVAL 'return cjson.decode(ARGV[1])' 0 "[1,]"
    EVAL 'return cjson.decode(ARGV[1])' 0 "[1 2]"
    EVAL 'return cjson.decode(ARGV[1])' 0 "[1}"
    EVAL 'return cjson.decode(ARGV[1])' 0 "]"
    EVAL 'return cjson.decode(ARGV[1])' 0 "{1}"
    EVAL 'return cjson.decode(ARGV[1])' 0 "{\"a\" 1}"
    EVAL 'return cjson.decode(ARGV[1])' 0 "{\"a\":}"
    EVAL 'return cjson.decode(ARGV[1])' 0 "{\"a\":1,}"
    EVAL 'return cjson.decode(ARGV[1])' 0 "{\"a\":1 2}"
    EVAL 'return cjson.decode(ARGV[1])' 0 "{\"a\":1]"
    EVAL 'return cjson.decode(ARGV[1])' 0 "{\"a"
    EVAL 'return cjson.decode(ARGV[1])' 0 "1 2"
    EVAL 'return cjson.decode(ARGV[1])' 0 "[] []"
    EVAL 'return cjson.decode(ARGV[1])' 0 "nul"
    EVAL 'return cjson.decode(ARGV[1])' 0 "truefalse"
    EVAL 'return cjson.decode(ARGV[1])' 0 "'a'"
    EVAL 'return cjson.decode(ARGV[1])' 0 "[-]"
    EVAL 'return cjson.decode(ARGV[1])' 0 "[1e]"
    EVAL 'return cjson.decode(ARGV[1])' 0 "[.5]"
    EVAL 'return cjson.decode(ARGV[1])' 0 "\"abc"
    EVAL 'return cjson.decode(ARGV[1])' 0 "\"ab\\qc\""
    EVAL 'return cjson.decode(ARGV[1])' 0 "\"ab\\u12\""
    EVAL 'return cjson.decode(ARGV[1])' 0 "\"ab\\ud800\""
    EVAL 'return cjson.decode(ARGV[1])' 0 "\"ab\\udc00\""
    EVAL 'return cjson.decode(ARGV[1])' 0 "\"ab\\ud83d\\u0041\""
    EVAL 'return cjson.decode(ARGV[1])' 0 "\"ab\x00\""
    EVAL 'return cjson.decode(ARGV[1])' 0 "a\x00"
    EVAL 'return cjson.decode(ARGV[1])' 0 "\x00\x00\x00["
    EVAL 'return cjson.decode(ARGV[1])' 0 "[1]\x00garbage"
    EVAL 'return cjson.decode(ARGV[1])' 0 "\xef\xbb\xbf[]"
    == cjson: settings | needs EVAL
    EVAL 'local j = cjson.new() return {j.encode_max_depth(), j.decode_max_depth(), j.encode_number_precision()}' 0
    EVAL 'local j = cjson.new() return {tostring(j.encode_keep_buffer()), tostring(j.encode_invalid_numbers()), tostring(j.decode_invalid_numbers())}' 0
    EVAL 'local j = cjson.new() return {j.encode_max_depth(5), j.encode_max_depth(), cjson.new().encode_max_depth()}' 0
    EVAL 'local j = cjson.new() return {j.encode_invalid_numbers("null"), j.encode_invalid_numbers()}' 0
    EVAL 'return cjson.new().encode_max_depth(0)' 0
    EVAL 'return cjson.new().encode_max_depth("x")' 0
    EVAL 'return cjson.new().encode_max_depth(1, 2)' 0
    EVAL 'return cjson.new().encode_number_precision(15)' 0
    EVAL 'return cjson.new().encode_sparse_array(true, -1)' 0
    EVAL 'return cjson.new().encode_sparse_array(true, 1, 2, 3)' 0
    EVAL 'return cjson.new().encode_invalid_numbers("maybe")' 0
    EVAL 'return cjson.new().decode_invalid_numbers("null")' 0
    EVAL 'return cjson.new().encode_keep_buffer({})' 0
    == cmsgpack.pack | needs EVAL
    EVAL 'return cmsgpack.pack(nil, true, false, cjson.null, function() end)' 0
    EVAL 'return cmsgpack.pack(0, 1, 127, 128, 255, 256, 65535, 65536, 2 ^ 32 - 1, 2 ^ 32, 2 ^ 53, 2 ^ 62, 2 ^ 63, 2 ^ 64)' 0
    EVAL 'return cmsgpack.pack(-1, -32, -33, -128, -129, -32768, -32769, -2 ^ 31, -2 ^ 31 - 1, -2 ^ 63, -2 ^ 64)' 0
    EVAL 'return cmsgpack.pack(1.5, 0.1, -0.5, 1e300, 1 / 0, -1 / 0, 0 / 0, -0)' 0
    EVAL 'return cmsgpack.pack("", "abc", string.rep("a", 31), string.rep("a", 32), string.rep("a", 255), string.rep("a", 256))' 0
    EVAL 'return cmsgpack.pack(string.rep("a", 65535)) .. cmsgpack.pack(string.rep("a", 65536))' 0
    EVAL 'return cmsgpack.pack({}, {1, 2, 3}, {a = 1}, {[1.5] = 2}, {[0] = 1}, {1, 2, nil, 4}, {[3] = 1})' 0
    EVAL 'return cmsgpack.pack({["1"] = 2}, {[true] = false})' 0
    EVAL 'local t = {} for i = 1, 15 do t[i] = i end return cmsgpack.pack(t)' 0
    EVAL 'local t = {} for i = 1, 16 do t[i] = i end return cmsgpack.pack(t)' 0
    EVAL 'local t = {} for i = 1, 70000 do t[i] = 7 end return cmsgpack.pack(t)' 0
    EVAL 'local t = {} for i = 1, 16 do t[i] = i end t.x = 1 return string.sub(cmsgpack.pack(t), 1, 3)' 0
    EVAL 'local a = {} for i = 1, 15 do a = {a} end return cmsgpack.pack(a)' 0
    EVAL 'local a = {} for i = 1, 40 do a = {a} end return cmsgpack.pack(a)' 0
    EVAL 'local a = {} a.a = a return cmsgpack.pack(a)' 0
    EVAL 'return cmsgpack.pack()' 0
    == cmsgpack.unpack | needs EVAL
    EVAL 'return {cmsgpack.unpack(cmsgpack.pack(1, "two", {3, {4}}, true, -5))}' 0
    EVAL 'return cmsgpack.unpack(cmsgpack.pack({a = {b = "c"}})).a.b' 0
    EVAL 'return {tostring(cmsgpack.unpack(ARGV[1]))}' 0 "\xcf\xff\xff\xff\xff\xff\xff\xff\xff"
    EVAL 'return {tostring(cmsgpack.unpack(ARGV[1]))}' 0 "\xd3\x80\x00\x00\x00\x00\x00\x00\x00"
    EVAL 'return {tostring(cmsgpack.unpack(ARGV[1]))}' 0 "\xca\x3f\x80\x00\x00"
    EVAL 'return {tostring(cmsgpack.unpack(ARGV[1]))}' 0 "\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00"
    EVAL 'return {cmsgpack.unpack(ARGV[1])}' 0 "\xcc\x80\xcd\x01\x00\xce\x00\x01\x00\x00\xd0\x80\xd1\x80\x00\xd2\x80\x00\x00\x00\xe0\x7f"
    EVAL 'return {cmsgpack.unpack(ARGV[1])}' 0 "\xa1a\xd9\x01b\xda\x00\x01c\xdb\x00\x00\x00\x01d"
    EVAL 'return {cmsgpack.unpack(ARGV[1])}' 0 "\x91\x01\xdc\x00\x01\x02\xdd\x00\x00\x00\x01\x03"
    EVAL 'return cmsgpack.unpack(ARGV[1]).a' 0 "\xde\x00\x01\xa1a\x05"
    EVAL 'return {cmsgpack.unpack("")}' 0
    EVAL 'return cmsgpack.unpack(1)' 0
    EVAL 'return {cmsgpack.unpack_one(ARGV[1])}' 0 "\x01\x02\x03"
    EVAL 'return {cmsgpack.unpack_one(ARGV[1], 2)}' 0 "\x01\x02\x03"
    EVAL 'return {cmsgpack.unpack_one(ARGV[1], 3)}' 0 "\x01\x02\x03"
    EVAL 'return {cmsgpack.unpack_limit(ARGV[1], 2)}' 0 "\x01\x02\x03"
    EVAL 'return {cmsgpack.unpack_limit(ARGV[1], 0)}' 0 "\x01\x02\x03"
    EVAL 'return {cmsgpack.unpack_limit(ARGV[1], 0, 1)}' 0 "\x01\x02\x03"
    EVAL 'return {cmsgpack.unpack_limit(ARGV[1], 9, 1)}' 0 "\x01\x02\x03"
    == cmsgpack.unpack: what is none | needs EVAL
    EVAL 'return cmsgpack.unpack()' 0
    EVAL 'return cmsgpack.unpack({})' 0
    EVAL 'return cmsgpack.unpack(ARGV[1])' 0 "\xc1"
    EVAL 'return cmsgpack.unpack(ARGV[1])' 0 "\xc4\x01a"
    EVAL 'return cmsgpack.unpack(ARGV[1])' 0 "\xc7\x01\x01\x01"
    EVAL 'return cmsgpack.unpack(ARGV[1])' 0 "\xd4\x01\x01"
    EVAL 'return cmsgpack.unpack(ARGV[1])' 0 "\x92\x01"
    EVAL 'return cmsgpack.unpack(ARGV[1])' 0 "\xa5ab"
    EVAL 'return cmsgpack.unpack(ARGV[1])' 0 "\xcb\x00\x00"
    EVAL 'return cmsgpack.unpack(ARGV[1])' 0 "\xdd\xff\xff\xff\xff"
    EVAL 'return cmsgpack.unpack(ARGV[1])' 0 "\xdf\xff\xff\xff\xff\x01"
    EVAL 'return cmsgpack.unpack(ARGV[1])' 0 "\x81\xc0\x01"
    EVAL 'return cmsgpack.unpack(ARGV[1])' 0 "\x81\xcb\xff\xf8\x00\x00\x00\x00\x00\x00\x01"
    EVAL 'return cmsgpack.unpack(string.rep(ARGV[1], 100000))' 0 "\x91"
    EVAL 'return #{cmsgpack.unpack(string.rep(ARGV[1], 20000))}' 0 "\x01"
    EVAL 'return cmsgpack.unpack_one(ARGV[1], 4)' 0 "\x01\x02\x03"
    EVAL 'return cmsgpack.unpack_one(ARGV[1], -1)' 0 "\x01\x02\x03"
    EVAL 'return cmsgpack.unpack_limit(ARGV[1], -1)' 0 "\x01\x02\x03"
    EVAL 'return cmsgpack.unpack_limit(ARGV[1], 1, -2)' 0 "\x01\x02\x03"
    EVAL 'return cmsgpack.unpack_limit(ARGV[1])' 0 "\x01\x02\x03"
    == struct.pack | needs EVAL
    EVAL 'return struct.pack("bBhHlLT", 1, 255, -2, 65535, -3, 4, 5)' 0
    EVAL 'return struct.pack(">bBhHlLT", 1, 255, -2, 65535, -3, 4, 5)' 0
    EVAL 'return struct.pack("<i3>i3I5i8", -2, -2, 258, -1)' 0
    EVAL 'return struct.pack(">i16<I9", -2, 258)' 0
    EVAL 'return struct.pack("<f>f<d>d", 1.5, 1.5, 0.1, 0.1)' 0
    EVAL 'return struct.pack("sc3c0cx", "text", "abcdef", "all", "one")' 0
    EVAL 'return struct.pack("!4 b i b!8 d", 1, 2, 3, 4.5)' 0
    EVAL 'return struct.pack("!2bib!bd", 1, 2, 3, 4.5)' 0
    EVAL 'return struct.pack(">L", 2 ^ 63) .. struct.pack(">L", 2 ^ 64) .. struct.pack(">L", -2 ^ 63) .. struct.pack(">l", 1e300)' 0
    EVAL 'return struct.pack(">i4", 1.9) .. struct.pack(">i4", -1.9) .. struct.pack(">I2", 70000)' 0
    EVAL 'return struct.pack("i0")' 0
    EVAL 'return struct.pack("", 1, 2)' 0
    EVAL 'return struct.pack()' 0
    EVAL 'return struct.pack("i")' 0
    EVAL 'return struct.pack("ii", 1)' 0
    EVAL 'return struct.pack("s")' 0
    EVAL 'return struct.pack("i", "x")' 0
    EVAL 'return struct.pack("s", {})' 0
    EVAL 'return struct.pack("c5", "abc")' 0
    EVAL 'return struct.pack("z", 1)' 0
    EVAL 'return struct.pack("=i", 1)' 0
    EVAL 'return struct.pack("i33", 1)' 0
    EVAL 'return struct.pack("i99999999999999", 1)' 0
    EVAL 'return struct.pack("!3i", 1)' 0
    EVAL 'return struct.pack("!0i", 1)' 0
    EVAL 'return struct.pack("c2147483647", "abc")' 0
    == struct.unpack | needs EVAL
    EVAL 'return {struct.unpack("<bBhHi3I3", struct.pack("<bBhHi3I3", -1, 255, -2, 65535, -3, 70000))}' 0
    EVAL 'local t = {struct.unpack("<f>d", struct.pack("<f>d", 1.5, -0.1))} for i, v in ipairs(t) do t[i] = tostring(v) end return t' 0
    EVAL 'local t = {struct.unpack("<l<L<i16", string.rep("\255", 32))} for i, v in ipairs(t) do t[i] = tostring(v) end return t' 0
    EVAL 'return {struct.unpack("Bc0s", "\3abcrest\0")}' 0
    EVAL 'return {struct.unpack("!4bi", struct.pack("!4bi", 1, 2))}' 0
    EVAL 'return {struct.unpack("xxc2", "abcdef", 2)}' 0
    EVAL 'return {struct.unpack("b", "abcdef", 6)}' 0
    EVAL 'return {struct.unpack("", "abc")}' 0
    EVAL 'return {struct.unpack("i", "abc")}' 0
    EVAL 'return {struct.unpack("b", "abcdef", 7)}' 0
    EVAL 'return {struct.unpack("b", "abcdef", 0)}' 0
    EVAL 'return {struct.unpack("b", "abcdef", -1)}' 0
    EVAL 'return {struct.unpack("bbbb", "abcdef", -2)}' 0
    EVAL 'return {struct.unpack("b", "abcdef", 99999999999)}' 0
    EVAL 'return {struct.unpack("c0", "abcdef")}' 0
    EVAL 'return {struct.unpack("sc0", "abc\0def")}' 0
    EVAL 'return {struct.unpack("Bc0", "\9abc")}' 0
    EVAL 'return {struct.unpack("bc0", "\255abc")}' 0
    EVAL 'return {struct.unpack("s", "abc")}' 0
    EVAL 'return {struct.unpack("c2147483647", "abcdef", 2)}' 0
    EVAL 'return {struct.unpack("c2147483648", "abcdef")}' 0
    EVAL 'return {struct.unpack(string.rep("b", 20000), string.rep("a", 20000))}' 0
    EVAL 'return {struct.unpack("Q", "abc")}' 0
    EVAL 'return {struct.unpack("i")}' 0
    == struct.size | needs EVAL
    EVAL 'return {struct.size("b"), struct.size("i"), struct.size("i7"), struct.size("bBhHlLTfdxi3I7c10")}' 0
    EVAL 'return {struct.size("!8bd"), struct.size("!bdi"), struct.size("!2bi"), struct.size(""), struct.size("c99999999")}' 0
    EVAL 'return tostring(struct.size("c2147483647c2147483647"))' 0
    EVAL 'return struct.size("s")' 0
    EVAL 'return struct.size("c0")' 0
    EVAL 'return struct.size("Q")' 0
    EVAL 'return struct.size("=")' 0
    EVAL 'return struct.size("c9999999999")' 0
    EVAL 'return struct.size()' 0
    == bit | needs EVAL
    EVAL 'return {bit.tobit(2 ^ 31), bit.tobit(2 ^ 32 + 5), bit.tobit(-1.5), bit.tobit(1.5), bit.tobit(2.5), bit.tobit(2 ^ 53)}' 0
    EVAL 'return {bit.tobit(1e300), bit.tobit(1 / 0), bit.tobit(0 / 0), bit.tobit("0xff")}' 0
    EVAL 'return {bit.bnot(0), bit.band(12, 10), bit.bor(12, 10, 1), bit.bxor(12, 10, 1), bit.band(7), bit.bor("4", 1)}' 0
    EVAL 'return {bit.lshift(1, 31), bit.lshift(1, 32), bit.lshift(1, 33), bit.rshift(-1, 28), bit.arshift(-256, 4), bit.rshift(-256, -4)}' 0
    EVAL 'return {bit.rol(0x12345678, 12), bit.ror(0x12345678, 12), bit.rol(1, 0), bit.ror(1, 32), bit.bswap(0x12345678)}' 0
    EVAL 'return {bit.tohex(-1), bit.tohex(255, 4), bit.tohex(255, -4), bit.tohex(255, 0), bit.tohex(255, 20), bit.tohex(255, -2147483648)}' 0
    EVAL 'return bit.tobit()' 0
    EVAL 'return bit.tobit("x")' 0
    EVAL 'return bit.band()' 0
    EVAL 'return bit.bor(1, 2, {})' 0
    EVAL 'return bit.lshift(1)' 0
    == string: plain functions | needs EVAL
    EVAL 'return {("abc"):byte(1, -1), ("abc"):byte(), ("abc"):byte(-1), ("abc"):byte(10)}' 0
    EVAL 'return {string.char(), string.char(104, 105), ("x"):len(), ("AbC"):lower(), ("AbC"):upper(), ("abc"):reverse()}' 0
    EVAL 'return {("abcdef"):sub(2, 4), ("abcdef"):sub(-3), ("abcdef"):sub(3, -2), ("abcdef"):sub(0), ("abcdef"):sub(5, 2), ("abc"):sub(-10, 10)}' 0
    EVAL 'return {("ab"):rep(3), ("ab"):rep(0), ("ab"):rep(-1), (""):rep(1000000000)}' 0
    EVAL 'return string.char(256)' 0
    EVAL 'return string.char(-1)' 0
    EVAL 'return string.rep()' 0
    EVAL 'return string.rep("x")' 0
    EVAL 'return string.sub("x")' 0
    EVAL 'return string.byte(string.rep("a", 100000), 1, -1)' 0
    EVAL 'return string.len({})' 0
    == string.format | needs EVAL
    EVAL 'return string.format("%d %i %5d|%-5d|%05d %+d % d", 1, -2, 3, 4, 5, 6, 7)' 0
    EVAL 'return string.format("%u %o %x %X %#x %#o", 1, 8, 255, 255, 255, 8)' 0
    EVAL 'return string.format("%d %u %x %d", -1.9, -1, -1, 2 ^ 53)' 0
    EVAL 'return string.format("%e %E %f %g %G %.3f %10.2f %#g", 1.5, 1.5, 1.5, 1e20, 1e20, 1 / 3, 2 / 3, 1)' 0
    EVAL 'return string.format("%g %g %g", 1 / 0, -1 / 0, 1e300)' 0
    EVAL 'return #string.format("%99.99f", -1e308)' 0
    EVAL 'return string.format("%s|%5s|%-5s|%.2s|%%|%c%c", "a", "b", "c", "defg", 104, 105)' 0
    EVAL 'return string.format("%s", string.rep("x", 1000))' 0
    EVAL 'return string.format("%.3s|%110s", string.rep("x", 1000), "y")' 0
    EVAL 'return string.format("%q", "a\"b\\c\nd\re\0f")' 0
    EVAL 'return string.format("%s", 12)' 0
    EVAL 'return string.format("%5", 12)' 0
    EVAL 'return string.format("%", 12)' 0
    EVAL 'return string.format("%y", 12)' 0
    EVAL 'return string.format("%ld", 12)' 0
    EVAL 'return string.format("%n", 12)' 0
    EVAL 'return string.format("%d")' 0
    EVAL 'return string.format("%d", "x")' 0
    EVAL 'return string.format("%s", {})' 0
    EVAL 'return string.format("%s", nil)' 0
    EVAL 'return string.format("%------d", 1)' 0
    EVAL 'return string.format("%100d", 1)' 0
    EVAL 'return string.format("%.100d", 1)' 0
    EVAL 'return string.format()' 0
    == string.find and string.match | needs EVAL
    EVAL 'return {("hello"):find("l"), ("hello"):find("xyz"), ("hello"):find(""), ("hello"):find("", 10), ("hello"):find("l", -2)}' 0
    EVAL 'return {("a.b"):find(".", 2, true), ("a.b"):find("%.")}' 0
    EVAL 'return {("hello world"):find("(o)(.)")}' 0
    EVAL 'return {("key = value"):match("^(%w+)%s*=%s*(%w+)$")}' 0
    EVAL 'return {("  trim  "):match("^%s*(.-)%s*$")}' 0
    EVAL 'return {("2024-01-31"):match("(%d+)-(%d+)-(%d+)")}' 0
    EVAL 'return {("f(a(b)c)d"):match("%b()"), ("THE (quick) fox"):find("%f[%a]%a+%f[%A]"), ("abab"):match("(ab)%1")}' 0
    EVAL 'return {("hello"):match("()ll()")}' 0
    EVAL 'return {("a\0b"):find("%z"), ("x]y"):match("[]]"), ("x^y"):match("[%^]"), ("a-b"):match("[a%-]+")}' 0
    EVAL 'return {("aaa"):match("a-"), ("aaa"):match("a-$"), ("aaab"):match("a*b"), ("b"):match("a?b"), ("aaa"):match("^a+")}' 0
    EVAL 'return ("a"):match("[a")' 0
    EVAL 'return ("a"):match("%")' 0
    EVAL 'return ("a"):match("(a")' 0
    EVAL 'return ("a"):match("a)")' 0
    EVAL 'return ("a"):match("%1")' 0
    EVAL 'return ("a"):match("(%1)")' 0
    EVAL 'return ("a"):match("%b")' 0
    EVAL 'return ("a"):match("%f")' 0
    EVAL 'return ("a"):match(string.rep("()", 33))' 0
    EVAL 'return #{("a"):match(string.rep("()", 32))}' 0
    EVAL 'return string.find("a")' 0
    EVAL 'return string.find({}, "a")' 0
    == string.gmatch and string.gsub | needs EVAL
    EVAL 'local t = {} for w in ("one two  three"):gmatch("%a+") do t[#t + 1] = w end return t' 0
    EVAL 'local t = {} for k, v in ("a=1, b=2"):gmatch("(%w+)=(%w+)") do t[#t + 1] = k .. v end return t' 0
    EVAL 'local t = {} for p in ("abc"):gmatch("()") do t[#t + 1] = p end return t' 0
    EVAL 'return {("hello world"):gsub("o", "0")}' 0
    EVAL 'return {("hello world"):gsub("o", "0", 1)}' 0
    EVAL 'return {("hello"):gsub("", "-")}' 0
    EVAL 'return {("hello world"):gsub("(%w+) (%w+)", "%2 %1 %0 %%")}' 0
    EVAL 'return {("abc"):gsub("%w", {a = "1", b = 2, c = false})}' 0
    EVAL 'return {("abc"):gsub("%w", function(c) if c ~= "b" then return c:byte() end end)}' 0
    EVAL 'return {("abc"):gsub("^a", "x"), ("abc abc"):gsub("b", "%0%0")}' 0
    EVAL 'return ("abc"):gsub("a", "%1")' 0
    EVAL 'return ("abc"):gsub("a", "%2")' 0
    EVAL 'return ("abc"):gsub("a", {a = {}})' 0
    EVAL 'return ("abc"):gsub("a", function() return {} end)' 0
    EVAL 'return ("abc"):gsub("a", true)' 0
    EVAL 'return ("abc"):gsub("a")' 0
    EVAL 'return ("abc"):gsub("a", function() error("stop") end)' 0
    """#
