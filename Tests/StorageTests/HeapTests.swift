import Glibc
import Primitives
import Testing

@testable import Storage

@Suite struct HeapTests {
    /// A block with what was written to it.
    private struct Block {
        let base: UnsafeMutableRawPointer
        let size: Int
        let mark: UInt8

        func fill() { base.initializeMemory(as: UInt8.self, repeating: mark, count: size) }
        /// Each byte is the mark: the first is, and each of the others is what the one before it is.
        var isIntact: Bool { base.load(as: UInt8.self) == mark && memcmp(base, base + 1, size - 1) == 0 }
    }

    private func block(_ heap: inout Heap, _ size: Int, _ mark: UInt8) -> Block {
        let block = Block(base: heap.allocate(size), size: size, mark: mark)
        block.fill()
        return block
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func blocksNeverOverlap(seed: UInt64) {
        var random = RandomSource(seed: seed)
        var heap = Heap()
        var blocks: [Block] = []
        var damaged = 0
        for step in 0..<12_000 {
            if blocks.isEmpty || Int.random(in: 0..<100, using: &random) < (step < 6000 ? 60 : 40) {
                let size = Int.random(in: 1...(step % 50 == 0 ? 5000 : 1100), using: &random)
                blocks.append(block(&heap, size, UInt8(truncatingIfNeeded: step)))
            } else {
                let block = blocks.remove(at: Int.random(in: 0..<blocks.count, using: &random))
                if !block.isIntact { damaged += 1 }
                heap.free(block.base, block.size)
            }
            if let last = blocks.last, UInt(bitPattern: last.base) % 8 != 0 { damaged += 1 }
        }
        #expect(damaged == 0)
        #expect(blocks.allSatisfy { $0.isIntact })
        #expect(heap.liveBytes == blocks.reduce(0) { $0 + Heap.blockSize($1.size) })
        for block in blocks { heap.free(block.base, block.size) }
        #expect(heap.liveBytes == 0)
    }

    @Test func memoryGoesBack() {
        var heap = Heap()
        let blocks = (0..<50_000).map { _ in heap.allocate(200) }
        #expect(heap.reservedBytes >= 50_000 * 200)
        for block in blocks { heap.free(block, 200) }
        #expect(heap.reservedBytes <= (Heap.spareChunks + 1) * Heap.chunkSize)
    }

    @Test func whatWentBackIsUsedAgain() {
        var heap = Heap()
        for _ in 0..<5 {
            let blocks = (0..<20_000).map { _ in heap.allocate(100) }
            #expect(heap.reservedBytes < 20_000 * 104 + 64 * Heap.chunkSize)
            for block in blocks { heap.free(block, 100) }
        }
    }

    @Test func blocksOfWholeCacheLinesAreAligned() {
        var heap = Heap()
        for size in stride(from: 64, through: 4096, by: 64) {
            let blocks = (0..<3).map { _ in heap.allocate(size) }
            #expect(blocks.allSatisfy { UInt(bitPattern: $0) % 64 == 0 }, "size \(size)")
            for block in blocks { heap.free(block, size) }
        }
    }

    @Test func aBlockHasItsClassesSize() {
        for size in 1...Heap.largestBlock {
            #expect(Heap.blockSize(size) >= size)
            #expect(Heap.sizeClass(size) == Heap.sizeClass(Heap.blockSize(size)))
            #expect(Heap.sizeClass(size) < Heap.classCount)
        }
    }
}
