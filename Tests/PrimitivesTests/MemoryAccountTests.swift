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
        nonisolated(unsafe) var (taken, left) = (0, 0)
        /// Obtains blocks in every way there is and gives them back: sets what was taken and what was left.
        func obtain() {
            let before = account.bytes
            var aligned: UnsafeMutableRawPointer?
            posix_memalign(&aligned, 64, 30_000)
            var blocks = [malloc(10_000), calloc(10, 2000), aligned, aligned_alloc(4096, 40_960), valloc(50_000)]
            blocks.append(realloc(malloc(10), 60_000))
            blocks.append(reallocarray(nil, 70, 1000))
            taken = account.bytes - before
            for block in blocks { free(block) }
            left = account.bytes - before
        }
        onThread {
            account.join()
            // Swift makes the descriptions of types where they are first used, and keeps them in pools of 16 KiB, which
            // it obtains with malloc too: only the second time is all that is counted the blocks'.
            obtain()
            obtain()
        }
        let expected = 10_000 + 20_000 + 30_000 + 40_960 + 50_000 + 60_000 + 70_000
        #expect((expected...expected + 1000).contains(taken))
        #expect(abs(left) < 500)
    }

    @Test func whatFailsIsNotCounted() {
        guard let account = MemoryAccount(countingOthers: false) else { return }
        nonisolated(unsafe) var (counted, haveFailed) = (0, false)
        onThread {
            account.join()
            let block = malloc(1000)
            let before = account.bytes
            let none = (realloc(block, .max / 2), malloc(.max / 2), reallocarray(block, .max / 4, 8))
            var aligned: UnsafeMutableRawPointer?
            let code = posix_memalign(&aligned, 3, 8)
            counted = account.bytes - before
            free(block)
            haveFailed = none.0 == nil && none.1 == nil && none.2 == nil && code == EINVAL
        }
        #expect(haveFailed && counted == 0)
    }

    @Test func aBlockMayGoBackOnAnotherThread() {
        guard let account = MemoryAccount(countingOthers: false) else { return }
        nonisolated(unsafe) var block: UnsafeMutableRawPointer?
        nonisolated(unsafe) var (held, left) = (0, 0)
        // What a thread needs itself may stay: only the block counts.
        onThread {
            account.join()
            let before = account.bytes
            block = malloc(1 << 20)
            held = account.bytes - before
        }
        onThread {
            account.join()
            let before = account.bytes
            free(block)
            left = held + account.bytes - before
        }
        #expect(held >= 1 << 20 && left < 1 << 12)
    }

    @Test func whatComesFromElsewhereIsAdded() {
        guard let account = MemoryAccount(countingOthers: false) else { return }
        account.add(1000)
        account.add(-400)
        #expect(account.bytes == 600)
    }
}
