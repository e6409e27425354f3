import Glibc

/// A directory that goes away, with all that is in it, together with its owner.
public final class TemporaryDirectory {
    /// Its absolute path.
    public let path: String

    /// Makes one below the system's directory for temporary files.
    public init() throws {
        let root = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array((root + "/apus-tests-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw HarnessError.last("mkdtemp") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit { removeTree(path) }

    /// The path of a file in here.
    public func file(_ name: String) -> String { path + "/" + name }

    /// Writes a file in here and gives its path.
    @discardableResult
    public func write(_ content: Bytes, to name: String) throws -> String {
        let path = file(name)
        guard let stream = fopen(path, "we") else { throw HarnessError.last("fopen \(path)") }
        defer { fclose(stream) }
        guard fwrite(content, 1, content.count, stream) == content.count else { throw HarnessError.last("fwrite") }
        return path
    }

    /// Writes a text file in here and gives its path.
    @discardableResult
    public func write(_ content: String, to name: String) throws -> String {
        try write(Bytes(content.utf8), to: name)
    }
}

private func removeTree(_ path: String) {
    var status = stat()
    // A link is removed, never followed.
    let isDirectory = lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    if isDirectory, let directory = opendir(path) {
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { removeTree(path + "/" + name) }
        }
        closedir(directory)
    }
    remove(path)
}

/// The content of a file, empty when there is none.
public func contentOfFile(_ path: String) -> Bytes {
    guard let stream = fopen(path, "re") else { return [] }
    defer { fclose(stream) }
    var content = Bytes()
    var chunk = Bytes(repeating: 0, count: 1 << 16)
    while true {
        let count = fread(&chunk, 1, chunk.count, stream)
        if count == 0 { return content }
        content += chunk[..<count]
    }
}

/// The content of a text file, empty when there is none.
public func textOfFile(_ path: String) -> String {
    String(decoding: contentOfFile(path), as: UTF8.self)
}
