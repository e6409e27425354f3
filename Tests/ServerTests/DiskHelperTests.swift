import Glibc
import Harness
import Persistence
import Primitives
import Testing

@testable import Server

/// The helper thread that carries actions on files out, and files that fail.
@Suite struct DiskHelperTests {
    /// The files of the system, of which some calls fail.
    private final class FailingFiles: FileLayer {
        private let system = SystemFiles()
        /// The call that fails, and how.
        private let failure = Locked<(call: String, error: Int32)?>(nil)
        /// How much is written at once, at most.
        private let chunk: Int

        init(chunk: Int = .max) { self.chunk = chunk }

        func fail(_ call: String, _ error: Int32) { failure.withLock { $0 = (call, error) } }

        private func error(_ call: String) -> Int32? {
            failure.withLock { $0.flatMap { $0.call == call ? -$0.error : nil } }
        }

        func open(_ path: String, _ flags: Int32) -> Int32 { error("open") ?? system.open(path, flags) }
        func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
            if let error = error("write") { return Int(error) }
            return system.write(descriptor, UnsafeRawBufferPointer(rebasing: bytes.prefix(chunk)))
        }
        func synchronize(_ descriptor: Int32) -> Int32 { error("synchronize") ?? system.synchronize(descriptor) }
        func truncate(_ descriptor: Int32, _ size: Int) -> Int32 { system.truncate(descriptor, size) }
        func close(_ descriptor: Int32) -> Int32 { system.close(descriptor) }
        func rename(_ old: String, _ new: String) -> Int32 { error("rename") ?? system.rename(old, new) }
        func remove(_ path: String) -> Int32 { system.remove(path) }
    }

    private func run(_ helper: DiskHelper, _ actions: [DiskAction]) -> [Int32] {
        helper.submit(actions.enumerated().map { DiskRequest(ticket: $0.offset, action: $0.element) })
        var results: [DiskResult] = []
        while results.count < actions.count { results += helper.waitForResults() }
        #expect(results.map(\.ticket) == Array(actions.indices))
        return results.map(\.error)
    }

    @Test func actionsAreCarriedOutInOrder() throws {
        let directory = try TemporaryDirectory()
        let (old, new) = (directory.file("old"), directory.file("new"))
        let helper = DiskHelper(FailingFiles(chunk: 3))
        let errors = run(
            helper,
            [
                .create(file: 1, path: old), .append(file: 1, bytes: DiskBytes(Array("something".utf8))),
                .synchronize(file: 1), .close(file: 1), .rename(from: old, to: new),
                .synchronizeDirectory(path: directory.path), .open(file: 2, path: new),
                .append(file: 2, bytes: DiskBytes(Array(" more".utf8))), .truncate(file: 2, size: 11), .close(file: 2),
            ])
        #expect(errors == Array(repeating: 0, count: 10))
        #expect(textOfFile(new) == "something m")
        #expect(textOfFile(old).isEmpty)
        #expect(run(helper, [.remove(path: new), .remove(path: new)]) == [0, ENOENT])
    }

    @Test func aFileIsWrittenOutInParts() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("file")
        let actions: [DiskAction] = [
            .create(file: 1, path: path), .append(file: 1, bytes: DiskBytes(Array("some".utf8))), .writeOut(file: 1),
            .append(file: 1, bytes: DiskBytes(Array("thing".utf8))), .writeOut(file: 1), .writeOut(file: 1),
            .close(file: 1),
            .writeOut(file: 1),
        ]
        #expect(run(DiskHelper(), actions) == [0, 0, 0, 0, 0, 0, 0, EBADF])
        #expect(textOfFile(path) == "something")
    }

    /// Whether the file system takes whole blocks past its cache, or somebody splits them.
    @Test(arguments: [Int.max, 1 << 16, 5000]) func aLargeFileIsWholeWhenItIsForcedToTheDisk(chunk: Int) throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("file")
        let parts = [100, 512 << 10, 1_300_000, 1, 0, 4096].enumerated().map { index, size in
            [UInt8]((0..<size).map { UInt8(truncatingIfNeeded: $0 / 7 + index) })
        }
        var actions: [DiskAction] = [.create(file: 1, path: path, isLarge: true)]
        for part in parts { actions += [.append(file: 1, bytes: DiskBytes(part)), .writeOut(file: 1)] }
        // More may come afterwards.
        actions += [.synchronize(file: 1), .append(file: 1, bytes: [1, 2, 3]), .synchronize(file: 1), .close(file: 1)]
        #expect(run(DiskHelper(FailingFiles(chunk: chunk)), actions).allSatisfy { $0 == 0 })
        #expect(readBytes(path) == parts.flatMap(\.self) + [1, 2, 3])
    }

    @Test func whatFailsOfALargeFileIsTold() throws {
        let directory = try TemporaryDirectory()
        for error in [ENOSPC, EINVAL] {
            let files = FailingFiles()
            let helper = DiskHelper(files)
            #expect(run(helper, [.create(file: 1, path: directory.file("\(error)"), isLarge: true)]) == [0])
            files.fail("write", error)
            let part = DiskBytes([UInt8](repeating: 7, count: 600 << 10))
            #expect(run(helper, [.append(file: 1, bytes: part)]) == [error])
            #expect(run(helper, [.append(file: 1, bytes: [1]), .synchronize(file: 1)]) == [0, error])
        }
    }

    @Test func whatFailsIsToldByItsNumber() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("file")
        let files = FailingFiles()
        let helper = DiskHelper(files)
        #expect(
            run(helper, [.append(file: 7, bytes: [1]), .synchronize(file: 7), .close(file: 7)]) == [
                EBADF, EBADF, EBADF,
            ])
        #expect(run(helper, [.create(file: 1, path: directory.file("no/file"))]) == [ENOENT])
        #expect(run(helper, [.create(file: 1, path: path)]) == [0])
        files.fail("write", ENOSPC)
        #expect(run(helper, [.append(file: 1, bytes: [1, 2])]) == [ENOSPC])
        files.fail("synchronize", EIO)
        #expect(run(helper, [.append(file: 1, bytes: [1, 2]), .synchronize(file: 1)]) == [0, EIO])
        files.fail("rename", EACCES)
        #expect(run(helper, [.rename(from: path, to: path + "2")]) == [EACCES])
        files.fail("open", EMFILE)
        #expect(
            run(helper, [.open(file: 2, path: path), .synchronizeDirectory(path: directory.path)]) == [EMFILE, EMFILE])
    }
}
