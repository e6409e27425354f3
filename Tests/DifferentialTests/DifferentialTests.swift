// DifferentialTests: Apus beside the real redis-server. The same requests go to both, and the replies are compared. It
// imports Testing and Harness.

import Harness
import Testing

/// Everything that needs two servers runs one test at a time.
@Suite(.serialized)
struct DifferentialTests {
    @Test(arguments: CaseGroup.allCases)
    func handWrittenCases(_ group: CaseGroup) throws {
        let cases = try parseCases(group.text)
        #expect(!cases.isEmpty)
        try withServerPair { pair in
            let runner = CaseRunner(pair: pair)
            var missingCommands: Set<String> = []
            for script in cases where try script.needs.allSatisfy({ try pair.apus.knows($0) }) {
                for version in script.protocols {
                    for difference in try runner.differences(of: script, protocolVersion: version) {
                        // A command that is not there at all is said once, not at each of its steps.
                        if let name = difference.missingCommand, !missingCommands.insert(name).inserted { continue }
                        Issue.record("\(difference)")
                    }
                }
            }
        }
    }
}

/// The hand-written cases, one file for each group of commands.
enum CaseGroup: String, CaseIterable {
    case string, counters, generic, expiry, scan, bitmap, bitfield, transactions, connection, server, wrongType
    case hyperLogLog, list, set, hash, sortedSet, stream, geo, sort, looking, access, tracking, messages, script
    case scriptLibraries, dump, memory

    var text: String {
        switch self {
        case .string: stringCases
        case .counters: counterCases
        case .generic: genericCases
        case .expiry: expiryCases
        case .scan: scanCases
        case .bitmap: bitmapCases
        case .bitfield: bitfieldCases
        case .hyperLogLog: hyperLogLogCases
        case .list: listCases
        case .set: setCases
        case .hash: hashCases
        case .sortedSet: sortedSetCases
        case .stream: streamCases
        case .geo: geoCases
        case .sort: sortCases
        case .looking: lookingCases
        case .access: accessCases
        case .tracking: trackingCases
        case .messages: messageCases
        case .script: scriptCases
        case .scriptLibraries: scriptLibraryCases
        case .dump: dumpCases
        case .memory: memoryCases
        case .transactions: transactionCases
        case .connection: connectionCases
        case .server: serverCases
        case .wrongType: wrongTypeCases
        }
    }
}
