import Commands
import Primitives

/// A function of a library.
struct LibraryFunction {
    let name: String
    let description: String?
    /// Where the interpreter keeps it.
    let reference: Int32
    let flags: ScriptFlags
}

/// A function that can be called.
final class CallableFunction {
    let flags: ScriptFlags
    let reference: Int32
    let library: String
    private let name: [UInt8]
    private let nameCopy: UnsafeMutableRawPointer

    init(_ function: LibraryFunction, library: String) {
        flags = function.flags
        reference = function.reference
        self.library = library
        name = Array(function.name.utf8)
        nameCopy = .allocate(byteCount: max(1, name.count), alignment: 1)
        nameCopy.copyMemory(from: name, byteCount: name.count)
    }

    deinit { nameCopy.deallocate() }

    /// The name, as long as the function lives.
    var nameBytes: Bytes { Bytes(base: nameCopy, count: name.count) }
}

/// Functions that were loaded together.
struct Library {
    let name: String
    let code: [UInt8]
    let functions: [LibraryFunction]
}

/// The libraries of a node. The names of functions are looked up in any case.
struct Libraries {
    private(set) var byName: [String: Library] = [:]
    private var functions: [String: CallableFunction] = [:]
    private(set) var byteCount = 0

    var count: Int { byName.count }
    var functionCount: Int { functions.count }

    /// All libraries, by name.
    var all: [Library] { byName.values.sorted { $0.name < $1.name } }

    func function(named name: Bytes) -> CallableFunction? { functions[String(name).lowercased()] }

    /// The first function of a library that has the name of another's.
    func clash(_ library: Library, replacing: Set<String> = []) -> String? {
        library.functions.first {
            guard let known = functions[$0.name.lowercased()] else { return false }
            return known.library != library.name && !replacing.contains(known.library)
        }?.name
    }

    /// Adds a library; returns the one that had its name.
    mutating func insert(_ library: Library) -> Library? {
        let old = remove(library.name)
        byName[library.name] = library
        byteCount += library.code.count
        for function in library.functions {
            functions[function.name.lowercased()] = CallableFunction(function, library: library.name)
        }
        return old
    }

    /// Takes a library out.
    mutating func remove(_ name: String) -> Library? {
        guard let library = byName.removeValue(forKey: name) else { return nil }
        byteCount -= library.code.count
        for function in library.functions { functions[function.name.lowercased()] = nil }
        return library
    }
}

extension ScriptHost {
    /// Compiles a library and lets it register its functions; it is not entered yet.
    func makeLibrary(_ code: Bytes, _ call: Call) throws(CommandError) -> Library {
        guard let shebang = try Shebang(code, unended: .message("ERR Invalid library metadata")) else {
            throw .message("ERR Missing library metadata")
        }
        let name = try shebang.libraryName()
        switch interpreter.compile(code.dropFirst(shebang.length), .library) {
        case .failure(let failure): throw .text("ERR Error compiling function: \(failure.text)")
        case .success(let reference):
            defer { interpreter.forget(reference) }
            return Library(name: name, code: Array(code), functions: try registeredFunctions(reference, call))
        }
    }

    private func registeredFunctions(_ reference: Int32, _ call: Call) throws(CommandError) -> [LibraryFunction] {
        let failure = runLibrary(reference, call)
        let functions = interpreter.takeFunctions()
        if let failure {
            forget(functions)
            throw .text("ERR Error registering functions: \(failure)")
        }
        if functions.isEmpty { throw .message("ERR No functions registered") }
        return functions
    }

    func forget(_ functions: [LibraryFunction]) { for function in functions { interpreter.forget(function.reference) } }

    /// Enters a library, in the place of the one that has its name.
    func enter(_ library: Library) {
        if let old = libraries.insert(library) { forget(old.functions) }
        node.keyspace.changes += 1
    }

    /// Forgets a library; whether there was one.
    func removeLibrary(_ name: String) -> Bool {
        guard let library = libraries.remove(name) else { return false }
        forget(library.functions)
        node.keyspace.changes += 1
        return true
    }

    func removeAllLibraries() {
        for library in libraries.all { _ = removeLibrary(library.name) }
        interpreter.collect()
    }
}
