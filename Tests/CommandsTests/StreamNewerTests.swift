import Testing

@testable import Commands

/// What is newer than the reference beside which everything else is tested.
@Suite struct StreamNewerTests {
    private let node = TestNode()

    /// Runs commands, and compares the reply of each.
    private func expect(_ steps: KeyValuePairs<String, String>, _ location: SourceLocation = #_sourceLocation) {
        for (command, expected) in steps {
            #expect(node.line(command) == expected, "\(command)", sourceLocation: location)
        }
    }

    private func twoGroups() {
        for line in [
            "XADD s 1-1 f v", "XADD s 2-1 f v", "XADD s 3-1 f v", "XGROUP CREATE s g 0", "XGROUP CREATE s h 0",
            "XREADGROUP GROUP g c COUNT 2 STREAMS s >", "XREADGROUP GROUP h c COUNT 1 STREAMS s >",
        ] {
            node.line(line)
        }
    }

    // MARK: References

    @Test func deletingKeepsReferencesUnlessToldOtherwise() {
        twoGroups()
        expect([
            "XDELEX s IDS 2 1-1 9-9": "[1 -1]", "XPENDING s g": "[2 1-1 2-1 [[c 2]]]",
            "XDELEX s DELREF IDS 1 1-1": "[-1]", "XPENDING s g": "[1 2-1 2-1 [[c 1]]]",
            "XPENDING s h": "[0 nil nil nil]",
            "XDELEX s KEEPREF IDS 1 2-1": "[1]", "XLEN s": "1", "XDELEX none IDS 2 1-1 2-1": "[-1 -1]",
        ])
    }

    @Test func onlyWhatAllHaveAcknowledgedIsDeleted() {
        twoGroups()
        expect([
            "XDELEX s ACKED IDS 3 1-1 2-1 3-1": "[2 2 2]", "XACK s g 1-1": "1", "XDELEX s ACKED IDS 1 1-1": "[2]",
            "XACK s h 1-1": "1", "XDELEX s ACKED IDS 1 1-1": "[1]", "XLEN s": "2", "XADD t 1-1 f v": "1-1",
            "XDELEX t ACKED IDS 1 1-1": "[2]",
        ])
    }

    @Test func acknowledgingDeletesTheEntry() {
        twoGroups()
        expect([
            "XACKDEL s g ACKED IDS 2 1-1 9-9": "[2 -1]", "XPENDING s g": "[1 2-1 2-1 [[c 1]]]",
            "XACKDEL s h ACKED IDS 1 1-1": "[1]", "XLEN s": "2", "XACKDEL s g IDS 1 2-1": "[1]", "XLEN s": "1",
            "XACKDEL s none IDS 1 3-1": "[-1]", "XACKDEL none g IDS 1 3-1": "[-1]",
        ])
    }

    @Test func deletingWithADelrefForgetsItEverywhere() {
        twoGroups()
        expect([
            "XACKDEL s g DELREF IDS 1 1-1": "[1]", "XPENDING s h": "[0 nil nil nil]",
            "XTRIM s MAXLEN 0 DELREF": "2", "XPENDING s g": "[0 nil nil nil]",
        ])
    }

    @Test func trimmingSparesWhatIsReferenced() {
        twoGroups()
        expect([
            "XACK s g 1-1": "1", "XACK s h 1-1": "1", "XTRIM s MAXLEN 0 ACKED": "1", "XLEN s": "2",
            "XADD s ACKED MAXLEN 1 9-1 f v": "9-1", "XLEN s": "3", "XADD s DELREF MAXLEN 1 10-1 f v": "10-1",
            "XLEN s": "1", "XPENDING s g": "[0 nil nil nil]",
        ])
    }

    @Test func mistakesAreErrors() {
        twoGroups()
        for line in [
            "XDELEX s IDS 0 1-1", "XDELEX s IDS x 1-1", "XDELEX s IDS 2 1-1", "XDELEX s IDS 1 abc",
            "XDELEX s FOO IDS 1 1-1",
            "XDELEX s KEEPREF DELREF IDS 1 1-1", "XDELEX s IDS 1 1-1 2-1", "XDELEX s 1-1 2-1 3-1",
            "XACKDEL s g IDS 2 1-1",
            "XACKDEL s g ACKED 1 1-1", "XTRIM s MAXLEN 5 KEEPREF ACKED", "XNACK s g FAIL IDS 0 1-1",
            "XNACK s g FOO IDS 1 1-1", "XNACK s g FAIL IDS 1 1-1 RETRYCOUNT -1", "XNACK s g FAIL IDS 1 1-1 FOO",
            "XCFGSET s", "XCFGSET s IDMP-DURATION 0", "XCFGSET s IDMP-MAXSIZE 10001", "XCFGSET none IDMP-MAXSIZE 5",
            "XIDMPRECORD s p m 99-1", "XIDMPRECORD none p m 1-1", "XADD s IDMP p m 9-9 f v", "XADD s IDMP p m",
            "XREAD MAXCOUNT 0 STREAMS s 0", "XREAD MAXSIZE -1 STREAMS s 0", "XREAD COUNT 5 MAXCOUNT 3 STREAMS s 0",
            "XREAD CLAIM 5 STREAMS s 0", "XREADGROUP GROUP g c CLAIM -1 STREAMS s >",
            "XREADGROUP GROUP g c CLAIM x STREAMS s >",
        ] {
            #expect(node.line(line).hasPrefix("-ERR"), "\(line)")
        }
        #expect(node.line("XNACK s none FAIL IDS 1 1-1").hasPrefix("-NOGROUP"))
        node.line("SET k v")
        for line in [
            "XDELEX k IDS 1 1-1", "XACKDEL k g IDS 1 1-1", "XNACK k g FAIL IDS 1 1-1", "XCFGSET k IDMP-MAXSIZE 5",
            "XIDMPRECORD k p m 1-1",
        ] {
            #expect(node.line(line).hasPrefix("-WRONGTYPE"), "\(line)")
        }
    }

    // MARK: Giving back

    @Test func whatIsGivenBackIsToBeHadAtOnce() {
        twoGroups()
        expect([
            "XNACK s g FAIL IDS 2 1-1 9-9": "1", "XPENDING s g - + 5": "[[1-1  -1 1] [2-1 c 0 1]]",
            "XPENDING s g": "[2 1-1 2-1 [[c 1]]]", "XCLAIM s g d 100000 1-1 2-1 JUSTID": "[1-1]",
            "XNACK s g SILENT IDS 1 1-1": "1", "XPENDING s g - + 1": "[[1-1  -1 0]]",
            "XNACK s g FAIL IDS 1 1-1 RETRYCOUNT 7": "1", "XPENDING s g - + 1": "[[1-1  -1 7]]",
            "XNACK s g FATAL IDS 1 1-1": "1", "XPENDING s g - + 1": "[[1-1  -1 9223372036854775807]]",
            "XAUTOCLAIM s g e 100000 0 JUSTID": "[0-0 [1-1] []]", "XNACK s g FAIL IDS 1 3-1 FORCE": "1",
            "XPENDING s g 3 3 1": "[[3-1  -1 0]]", "XACK s g 3-1": "1",
        ])
    }

    // MARK: Claiming while reading

    @Test func readingCanClaimTheOldestFirst() {
        twoGroups()
        node.advance(milliseconds: 100)
        node.line("XCLAIM s g c 0 1-1 JUSTID")
        node.advance(milliseconds: 50)
        expect([
            "XREADGROUP GROUP g d CLAIM 60 COUNT 1 STREAMS s >": "[[s [[2-1 [f v] 150 1]]]]",
            "XREADGROUP GROUP g d CLAIM 50 STREAMS s >": "[[s [[1-1 [f v] 50 1] [3-1 [f v] 0 0]]]]",
            "XREADGROUP GROUP g d CLAIM 50 STREAMS s >": "nil", "XNACK s g FAIL IDS 1 2-1": "1",
            "XREADGROUP GROUP g e CLAIM 1000 NOACK STREAMS s >": "[[s [[2-1 [f v] 1700000000150 2]]]]",
            "XPENDING s g": "[3 1-1 3-1 [[d 2] [e 1]]]",
        ])
    }

    // MARK: Limits of a whole reply

    @Test func aReplyCanBeLimitedOverAllStreams() {
        for key in ["s", "t", "u"] { for number in 1...3 { node.line("XADD \(key) \(number)-1 f v") } }
        let first = "[s [[1-1 [f v]] [2-1 [f v]]]]"
        expect([
            "XREAD COUNT 2 MAXCOUNT 3 STREAMS s t u 0 0 0": "[\(first) [t [[1-1 [f v]]]]]",
            "XREAD MAXCOUNT 1 STREAMS none s t 0 0 0": "[[s [[1-1 [f v]]]]]",
            "XREAD MAXSIZE 1 STREAMS s t 0 0": "[[s [[1-1 [f v]]]]]",
            "XREAD MAXSIZE 80 STREAMS s t 0 0": "[\(first)]",
            "XREAD MAXSIZE 1 STREAMS s 3-1": "nil",
            "XGROUP CREATE s g 0": "OK", "XGROUP CREATE t g 0": "OK",
            "XREADGROUP GROUP g c MAXCOUNT 4 STREAMS s t > >":
                "[[s [[1-1 [f v]] [2-1 [f v]] [3-1 [f v]]]] [t [[1-1 [f v]]]]]",
            "XPENDING t g": "[1 1-1 1-1 [[c 1]]]",
            "XREADGROUP GROUP g c MAXSIZE 1 STREAMS t s > 0": "[[t [[2-1 [f v]]]]]",
            "XREADGROUP GROUP g c MAXSIZE 80 STREAMS s t 0 >": "[\(first)]",
        ])
    }

    // MARK: Producers

    @Test func aMessageThatIsSentAgainIsNotAddedAgain() {
        expect([
            "XADD s IDMP p m1 * f v": "1700000000000-0", "XADD s IDMP p m1 * f other": "1700000000000-0",
            "XADD s IDMP q m1 * f v": "1700000000000-1", "XADD s IDMPAUTO p * f v": "1700000000000-2",
            "XADD s IDMPAUTO p * f v": "1700000000000-2", "XADD s IDMPAUTO p * f v g w": "1700000000000-3",
            "XLEN s": "4",
        ])
        let shown = node.line("XINFO STREAM s")
        #expect(
            shown.contains(
                "idmp-duration 100 idmp-maxsize 100 pids-tracked 2 iids-tracked 4 iids-added 4 iids-duplicates 2"))
    }

    @Test func messagesAreForgottenByAgeAndByNumber() {
        node.line("XADD s 1-1 f v")
        expect(["XCFGSET s IDMP-DURATION 10 IDMP-MAXSIZE 2": "OK", "XADD s IDMP p a * f v": "1700000000000-0"])
        node.advance(milliseconds: 10_000)
        expect([
            "XADD s IDMP p a * f v": "1700000010000-0", "XADD s IDMP p b * f v": "1700000010000-1",
            "XADD s IDMP p c * f v": "1700000010000-2", "XADD s IDMP p b * f v": "1700000010000-1",
            "XADD s IDMP p a * f v": "1700000010000-3", "XCFGSET s IDMP-DURATION 10": "OK",
            "XADD s IDMP p a * f v": "1700000010000-3", "XCFGSET s IDMP-DURATION 20": "OK",
            "XADD s IDMP p a * f v": "1700000010000-4",
        ])
    }

    @Test func messagesAreReplayed() {
        expect([
            "XADD s 1-1 f v": "1-1", "XIDMPRECORD s p m 1-1": "OK", "XIDMPRECORD s p m 1-1": "OK",
            "XADD s IDMP p m * f v": "1-1",
            "XADD s 2-1 f v": "2-1",
            "XIDMPRECORD s p m 2-1": "-ERR the idempotent ID belongs to another entry of the stream",
        ])
    }
}
