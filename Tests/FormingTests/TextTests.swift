import Gossip
import Primitives
import Testing

@testable import Forming

/// Statements and records as bytes.
@Suite struct TextTests {
    private func full() -> (FormingStatement, FormingRecord) {
        var random = RandomSource(seed: 5)
        let names = (0..<4).map { _ in NodeName(random: &random) }
        var statement = FormingStatement(
            name: names[0], process: .max, busPort: 17_000, plan: FormingPlan(shards: 3, replicas: 1))
        (statement.isEmpty, statement.isMember, statement.owners) = (true, true, [names[1], names[2]])
        (statement.stage, statement.number) = (.decided, 7)
        statement.attempt = Attempt(leader: names[0], number: 6)
        statement.electorate = names.map {
            FormingNode(name: $0, address: FormingAddress(host: "::1", port: 7000)!, busPort: 17_000, process: 12)
        }
        statement.renounced = [Attempt(leader: names[3], number: 1), Attempt(leader: names[3], number: 2)]
        var record = FormingRecord()
        (record.stage, record.number, record.attempt) = (.granted, 9, statement.attempt)
        (record.electorate, record.renounced) = (statement.electorate, statement.renounced)
        return (statement, record)
    }

    @Test func whatIsWrittenIsRead() {
        let (statement, record) = full()
        #expect(FormingStatement(statement.bytes) == statement)
        #expect(FormingRecord(record.bytes(of: statement.name), of: statement.name) == record)
    }

    @Test func theRecordOfAnotherNodeSaysNothing() {
        let (statement, record) = full()
        #expect(FormingRecord(record.bytes(of: statement.name), of: statement.owners[0]) == FormingRecord())
    }

    @Test func whatNewerNodesSayIsSkipped() {
        let (statement, _) = full()
        #expect(FormingStatement(statement.bytes + Array("mood good\n".utf8)) == statement)
    }

    @Test func whatMakesNoSenseIsRefused() {
        let (statement, record) = full()
        var random = RandomSource(seed: 9)
        for bytes in [statement.bytes, record.bytes(of: statement.name)] {
            for length in 0..<bytes.count { _ = FormingStatement(Array(bytes[..<length])) }
            for _ in 0..<3000 {
                var broken = bytes
                for _ in 0..<3 {
                    broken[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                _ = (FormingStatement(broken), FormingRecord(broken, of: statement.name))
            }
        }
        #expect(FormingStatement([]) == nil)
        #expect(FormingStatement(Array("apus-forming 1\nname x\n".utf8)) == nil)
        let text = String(decoding: statement.bytes, as: UTF8.self)
        for (good, bad) in [
            ("bus-port 17000", "bus-port 0"), ("plan 3 1", "plan 0 1"), ("stage decided", "stage done"),
        ] {
            #expect(FormingStatement(Array(text.replacing(good, with: bad).utf8)) == nil, "\(bad)")
        }
    }

    @Test func aQuestionIsAnsweredWhereverItsAnswerIsCut() {
        let (statement, _) = full()
        let text = statement.bytes
        let reply = Array("+OK\r\n$\(text.count)\r\n".utf8) + text + Array("\r\n".utf8)
        for cut in 0...reply.count {
            let question = FormingQuestion(statement.name, credentials: [Array("secret".utf8)])
            let wantsMore = question.receive(Array(reply[..<cut]))
            #expect(wantsMore == (cut < reply.count))
            if wantsMore { #expect(!question.receive(Array(reply[cut...]))) }
            #expect(question.answer == statement)
        }
        for bad in ["-ERR no\r\n", "+OK\r\n-NOPERM\r\n", "+OK\r\n$-1\r\n", "+OK\r\n$99999999999\r\n"] {
            let question = FormingQuestion(statement.name, credentials: [Array("secret".utf8)])
            #expect(!question.receive(Array(bad.utf8)))
            #expect(question.answer == nil)
        }
        #expect(
            FormingQuestion(statement.name, credentials: []).output
                == Array("*3\r\n$7\r\nCLUSTER\r\n$4\r\nFORM\r\n$40\r\n\(statement.name)\r\n".utf8))
    }
}
