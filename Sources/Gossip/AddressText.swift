/// Whether a text is an IP address, of version 4 or 6.
public func isAddress(_ text: String) -> Bool {
    text.utf8.contains(0x3A) ? isLongAddress(text) : isShortAddress(text)
}

/// Four numbers of at most 255, without leading zeros.
private func isShortAddress(_ text: some StringProtocol) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4
        && parts.allSatisfy { part in
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
                return false
            }
            return UInt8(part) != nil && (part.utf8.count == 1 || part.utf8.first != 0x30)
        }
}

/// Eight groups of at most four hexadecimal digits, of which one run of empty ones may be left out as `::`; an address of
/// version 4 may stand for the last two.
private func isLongAddress(_ text: String) -> Bool {
    var parts = text.split(separator: ":", omittingEmptySubsequences: false)[...]
    guard parts.count >= 3, parts.count <= 9 else { return false }
    var groups = 0
    if let last = parts.last, last.utf8.contains(0x2E) {
        guard isShortAddress(last) else { return false }
        parts.removeLast()
        groups = 2
    }
    // An empty part at an end belongs to a `::` there.
    if let first = parts.first, first.isEmpty {
        parts.removeFirst()
        guard parts.first?.isEmpty == true else { return false }
    }
    if groups == 0, let last = parts.last, last.isEmpty, parts.count >= 2 {
        parts.removeLast()
        guard parts.last?.isEmpty == true else { return false }
    }
    let gaps = parts.count(where: \.isEmpty)
    guard gaps <= 1, parts.allSatisfy({ $0.utf8.count <= 4 && $0.utf8.allSatisfy(isHexadecimal) }) else { return false }
    groups += parts.count - gaps
    return gaps == 1 ? groups <= 7 : groups == 8
}

private func isHexadecimal(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
    default: false
    }
}
