import Payloads
import Primitives
import RESP
import Storage
import Structures
import Testing

@testable import Commands
@testable import Persistence

/// Files put together by hand, byte for byte.
@Suite struct SnapshotFileTests {
    private let usual = "enable-debug-command yes\nrdb-version-check relaxed\n"

    private func file(_ parts: [UInt8]..., magic: String = "REDIS0014") -> [UInt8] {
        let bytes = Array(magic.utf8) + parts.flatMap(\.self) + [0xFF]
        return bytes + Payload.little(bytes.withBytes { CRC64.checksum($0) })
    }

    private func key(_ type: UInt8, _ value: [UInt8]) -> [UInt8] { [type] + Payload.string("k") + value }

    /// Why a file is not read.
    private func refusal(of file: [UInt8]) -> String? {
        file.withBytes { bytes in
            var loader = SnapshotLoader(bytes, databases: 16, takesNewer: true)
            do throws(RDBError) {
                while try !loader.run(into: Nobody()) {}
                return nil
            } catch {
                return error.reason
            }
        }
    }

    @Test(arguments: Sample.all) func aFileAndAPayloadGiveTheSame(sample: Sample) throws {
        let node = try SavingNode(usual)
        let version = sample.isValkey ? 80 : 14
        node.test.restore("k", 0, payload([sample.type] + sample.bytes, version: version))
        let wanted = node.digest
        node.file = file(key(sample.type, sample.bytes), magic: sample.isValkey ? "VALKEY080" : "REDIS0014")
        #expect(node.run("DEBUG", "RELOAD", "NOSAVE") == .simple("OK"))
        #expect(node.digest == wanted && node.run("DBSIZE") == .integer(1))
        #expect(node.run("DEBUG", "RELOAD") == .simple("OK"))
        #expect(node.digest == wanted)
    }

    @Test func aValueOfAModuleIsRefusedByItsName() {
        // JSON's: nine letters of six bits, and version 3 of ten.
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        let number = "ReJSON-RL".reduce(UInt64(0)) { number, letter in
            let index = letters.firstIndex(of: letter)!
            return number << 6 | UInt64(letters.distance(from: letters.startIndex, to: index))
        }
        let reason = refusal(of: file(key(7, Payload.length(number << 10 | 3) + [0])))
        #expect(
            reason
                == "the key 'k' has a value of the module type 'ReJSON-RL' (version 3), and modules cannot be loaded")
    }

    @Test func whatModulesLeaveBesideKeysIsPassedOver() {
        let data: [UInt8] = [5] + Payload.string("x") + [2, 7, 3, 0, 0, 0, 0, 4] + Payload.double(1) + [0]
        #expect(refusal(of: file([0xF7] + Payload.length(.max as UInt64) + [2, 1] + data)) == nil)
        #expect(
            refusal(of: file([0xF7] + Payload.length(.max as UInt64) + [2, 1, 9])) == "the data of a module is damaged")
        #expect(refusal(of: file([0xF3, 1])) == "what a module knows of a key, which cannot be read")
    }

    @Test func loadingIsSlowedDownForTests() throws {
        let node = try SavingNode(usual + "key-load-delay 300\n")
        for key in ["a", "b", "c"] { node.run("SET", key, "v") }
        #expect(node.run("DEBUG", "RELOAD") == .simple("OK"))
        #expect(node.test.environment.slept == 900)
        node.run("CONFIG", "SET", "key-load-delay", "-1")
        #expect(node.run("DEBUG", "RELOAD") == .simple("OK"))
        #expect(node.test.environment.slept == 903)
    }

    @Test func aWrongChecksumIsLeftAsideOnDemand() throws {
        let node = try SavingNode(usual)
        node.run("SET", "k", "v")
        node.run("SAVE")
        node.file?[(node.file?.count ?? 0) - 1] ^= 1
        let refusal = Reply.error("ERR Error trying to load the RDB dump, check server logs.")
        #expect(node.run("DEBUG", "RELOAD", "NOSAVE") == refusal)
        #expect(node.run("DEBUG", "SET-SKIP-CHECKSUM-VALIDATION", "1") == .simple("OK"))
        #expect(node.run("DEBUG", "RELOAD", "NOSAVE") == .simple("OK"))
        #expect(node.run("GET", "k") == .text("v"))
    }
}

/// Wants nothing of it.
private final class Nobody: SnapshotReceiver {
    let limits = CollectionLimits(hash: KeyHash(seed: 0))

    func take(_ key: Bytes, _ value: LooseValue, _ facts: KeyFacts) { value.free() }
    func takeLibrary(_ code: Bytes) {}
    func takeFact(_ name: Bytes, _ value: Bytes) {}
}
