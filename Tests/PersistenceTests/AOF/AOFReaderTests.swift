import Primitives
import RESP
import Testing

@testable import Persistence

/// Bytes of commands: words divided by blanks, lines by `|`; a line that begins with `#` stays as it is.
func log(_ text: String) -> [UInt8] {
    text.split(separator: "|").flatMap { line -> [UInt8] in
        let line = String(line)
        if line.hasPrefix("#") { return Array("\(line)\r\n".utf8) }
        return TestClient.request(line.split(separator: " ").map(String.init))
    }
}

/// What a reader shows of a file, until its end or an error.
func readLog(_ bytes: [UInt8]) -> (lines: [String], error: AOFError?, validSize: Int) {
    bytes.withBytes { view in
        var reader = AOFReader(view)
        var lines: [String] = []
        do throws(AOFError) {
            while let record = try reader.next() {
                switch record {
                case .timestamp(let time): lines.append("@\(time)")
                case .command: lines.append(reader.withArguments(text))
                }
            }
            return (lines, nil, reader.validSize)
        } catch {
            return (lines, error, reader.validSize)
        }
    }
}

private func text(_ bytes: Bytes, _ spans: [ArgumentSpan]) -> String {
    spans.map { String(bytes[$0.offset..<$0.offset + $0.count]) }.joined(separator: " ")
}

@Suite struct AOFReaderTests {
    private let whole = log("SELECT 0|SET a b|#TS:1700000000|MULTI|INCR x|#TS:1700000001|INCR y|EXEC|#odd|DEL a")

    @Test func showsCommandsAndTimes() {
        let (lines, error, size) = readLog(whole)
        #expect(
            lines == ["SELECT 0", "SET a b", "@1700000000", "INCR x", "@1700000001", "INCR y", "DEL a"])
        #expect(error == nil)
        #expect(size == whole.count)
        #expect(readLog([]).lines.isEmpty)
    }

    /// Sizes at which a file may end without being torn.
    private var boundaries: Set<Int> {
        let parts = [
            "SELECT 0", "SET a b", "#TS:1700000000", "MULTI|INCR x|#TS:1700000001|INCR y|EXEC", "#odd", "DEL a",
        ]
        var (found, size): (Set<Int>, Int) = ([0], 0)
        for part in parts {
            size += log(part).count
            found.insert(size)
        }
        return found
    }

    @Test func aTornTailIsFoundAtEveryByte() {
        for count in 0..<whole.count {
            let (lines, error, size) = readLog(Array(whole[..<count]))
            let last = boundaries.filter { $0 <= count }.max()!
            #expect(size == last, "\(count)")
            #expect((error == nil) == (last == count), "\(count)")
            #expect(error.map { $0.kind == .torn && $0.validSize == last } ?? true, "\(count) \(error!)")
            // Nothing of a transaction without its end.
            #expect(lines.contains("INCR x") == lines.contains("INCR y"), "\(count)")
        }
    }

    /// A flipped byte changes a value, or is noticed; it never makes commands out of nothing, nor reads out of bounds.
    @Test func everyFlippedBitIsHarmless() {
        for index in whole.indices {
            for bit in 0..<8 {
                var bytes = whole
                bytes[index] ^= 1 << bit
                let (lines, error, size) = readLog(bytes)
                #expect(size <= bytes.count && lines.count <= 10)
                if let error { #expect(error.validSize <= error.offset && error.offset <= bytes.count) }
            }
        }
    }

    @Test(arguments: [
        ("*x\r\n", 0), ("*0\r\n", 4), ("*-1\r\n", 0), ("*1\n$1\r\na\r\n", 0), ("*1\r\n+1\r\na\r\n", 4),
        ("*1\r\n$1\r\nabc", 9), ("*1\r\n$1 \r\na\r\n", 4), ("junk", 0), ("\0\0\0\0", 0), ("#TS:soon\r\n", 0),
    ])
    func damageIsNamedByItsOffset(_ text: String, _ offset: Int) {
        let before = log("SET a b")
        let error = readLog(before + Array(text.utf8) + log("SET c d")).error
        #expect(error?.kind == .damaged)
        #expect(error?.validSize == before.count)
        #expect(error?.offset == before.count + offset)
    }

    @Test func hugeCountsTakeNoMemory() {
        for text in ["*1000000000\r\n$3\r\nSET\r\n", "*2\r\n$99999999999999999999\r\nabc\r\n"] {
            let error = readLog(Array(text.utf8)).error
            #expect(error?.kind == .torn)
            #expect(error?.validSize == 0)
        }
    }

    @Test func transactionsStandInNoOther() {
        let before = log("SET a b")
        let error = readLog(before + log("MULTI|SET c d|MULTI|EXEC")).error
        #expect(error?.kind == .damaged)
        #expect(error?.validSize == before.count)
    }

    @Test func knowsAnRDBFile() {
        #expect(Array("REDIS0010".utf8).withBytes(AOFReader.hasPreamble))
        #expect(Array("VALKEY080".utf8).withBytes(AOFReader.hasPreamble))
        #expect(!log("SET a b").withBytes(AOFReader.hasPreamble))
        #expect(![UInt8]().withBytes(AOFReader.hasPreamble))
    }

    // MARK: Checks

    private func check(_ bytes: [UInt8], upTo limit: Int64? = nil) -> AOFCheck {
        bytes.withBytes { AOFCheck($0, upTo: limit) }
    }

    @Test func aCheckSumsUp() {
        let bytes = log("SELECT 0|SET a b")
        #expect(check(bytes).verdict == .valid)
        #expect(
            check(bytes).summary("f") == "AOF analyzed: filename=f, size=50, ok_up_to=50, ok_up_to_line=13, diff=0")
        #expect(check([]).verdict == .empty)
        let torn = check(bytes + Array("*1\r\n".utf8))
        #expect(torn.summary("f").hasSuffix("size=54, ok_up_to=50, ok_up_to_line=13, diff=4"))
        guard case .invalid(let error) = torn.verdict else { return #expect(Bool(false)) }
        #expect(AOFCheck.place(error) == "0x              36: Expected prefix '$', got: EOF")
    }

    @Test func aCheckFindsWhatIsTooNew() {
        let old = log("#TS:1000|SET a b")
        let bytes = old + log("#TS:2000|SET c d")
        #expect(check(bytes, upTo: 1500).verdict == .tooNew(size: old.count))
        #expect(check(bytes, upTo: 2000).verdict == .valid)
        #expect(check(bytes, upTo: 999).verdict == .tooNew(size: 0))
    }

    @Test func messagesAreLeftOut() {
        func kept(_ text: String) -> [String] {
            var output: [UInt8] = []
            log(text).withBytes { AOFFilter.append($0, to: &output) }
            return readLog(output).lines
        }
        #expect(kept("SET a b") == ["SET a b"])
        #expect(kept("PUBLISH a b") == [])
        #expect(kept("SELECT 3|SPUBLISH a b") == ["SELECT 3"])
        #expect(kept("SELECT 3|MULTI|PUBLISH a b|PUBLISH c d|EXEC") == ["SELECT 3"])
        #expect(kept("MULTI|PUBLISH a b|SET c d|PUBLISH e f|EXEC") == ["SET c d"])
        #expect(kept("SET PUBLISH MULTI|MULTI|SET a b|DEL c|EXEC") == ["SET PUBLISH MULTI", "SET a b", "DEL c"])
    }
}
