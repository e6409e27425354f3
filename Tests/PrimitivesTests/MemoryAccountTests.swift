import Glibc
import Primitives
import Testing

/// What a thread obtains and gives back is counted where it joined. Nothing is counted where a sanitizer has malloc.
@Suite struct MemoryAccountTests {
    /// Runs a body on a thread of its own.
    private func onThread(_ body: @escaping () -> Void) {
        let context = Unmanaged.passRetained(Body(body)).toOpaque()
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                Unmanaged<Body>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, context)
        pthread_join(thread, nil)
    }

    private final class Body {
        let run: () -> Void
        init(_ run: @escaping () -> Void) { self.run = run }
    }

    @Test func blocksOfEveryKindAreCountedBothWays() {
        guard let account = MemoryAccount(countingOthers: false) else { return }
        onThread {
            account.join()
            let before = account.bytes
            var aligned: UnsafeMutableRawPointer?
            posix_memalign(&aligned, 64, 30_000)
            var blocks = [malloc(10_000), calloc(10, 2000), aligned, aligned_alloc(4096, 40_960), valloc(50_000)]
            blocks.append(realloc(malloc(10), 60_000))
            blocks.append(reallocarray(nil, 70, 1000))
            let expected = 10_000 + 20_000 + 30_000 + 40_960 + 50_000 + 60_000 + 70_000
            #expect((expected...expected + 1000).contains(account.bytes - before))
            for block in blocks { free(block) }
            #expect(abs(account.bytes - before) < 500)
        }
    }

    @Test func whatFailsIsNotCounted() {
        guard let account = MemoryAccount(countingOthers: false) else { return }
        onThread {
            account.join()
            let block = malloc(1000)
            let before = account.bytes
            #expect(realloc(block, .max / 2) == nil && malloc(.max / 2) == nil)
            #expect(reallocarray(block, .max / 4, 8) == nil)
            var aligned: UnsafeMutableRawPointer?
            #expect(posix_memalign(&aligned, 3, 8) == EINVAL)
            #expect(account.bytes == before)
            free(block)
        }
    }

    @Test func aBlockMayGoBackOnAnotherThread() {
        guard let account = MemoryAccount(countingOthers: false) else { return }
        nonisolated(unsafe) var block: UnsafeMutableRawPointer?
        onThread {
            account.join()
            block = malloc(1 << 20)
        }
        #expect(account.bytes >= 1 << 20)
        onThread {
            account.join()
            free(block)
        }
        #expect(account.bytes < 1 << 12)
    }

    @Test func whatComesFromElsewhereIsAdded() {
        guard let account = MemoryAccount(countingOthers: false) else { return }
        account.add(1000)
        account.add(-400)
        #expect(account.bytes == 600)
    }
}
