import Primitives
import Testing

@Suite struct XXH3Tests {
    /// From the reference implementation: lengths at both ends of each of its ranges.
    @Test(arguments: [
        (0, "2d06800538d394c2"), (1, "13e608bc156defed"), (3, "a9088dda485b481c"), (4, "6d9253b16c8b1ed3"),
        (8, "60539db630471163"), (9, "feff668361d723a8"), (16, "b8c859b0f030b585"), (17, "714a04408e79b80f"),
        (128, "67425a03650261bf"), (129, "c664bf3311c6abc4"), (240, "64556dc6b462a6cf"), (241, "8beadd3a8874fe17"),
        (1024, "9b81661c641c72b1"), (1025, "806c2072ed713576"), (2500, "3911477e37ac3c0f"),
    ])
    func digest(count: Int, expected: String) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + 3) }
        #expect(bytes.withBytes { XXH3.digest($0) } == expected)
    }
}
