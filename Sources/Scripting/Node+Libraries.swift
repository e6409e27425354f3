import Commands
import Primitives

// Libraries on their way into a file and out of one.

extension Node {
    /// The codes of all libraries.
    public var libraryCodes: [[UInt8]] {
        guard let scripts, let host = scripts as? ScriptHost else { return [] }
        return host.libraries.all.map(\.code)
    }

    /// Loads a library, in the place of one with its name. Throws what FUNCTION LOAD would answer.
    public func load(library code: Bytes) throws(CommandError) {
        try ScriptHost.of(self).loadLibrary(code)
    }
}

extension ScriptHost {
    fileprivate func loadLibrary(_ code: Bytes) throws(CommandError) {
        var failure: CommandError?
        node.withInnerCall { call in
            do throws(CommandError) {
                let library = try makeLibrary(code, call)
                if let name = libraries.clash(library) {
                    forget(library.functions)
                    throw .text("ERR Function \(name) already exists")
                }
                enter(library)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}

extension Node {
    private func load(_ code: [UInt8]) throws(CommandError) {
        let result: Result<Void, CommandError> = code.withBytes { bytes in
            do throws(CommandError) { return .success(try load(library: bytes)) } catch { return .failure(error) }
        }
        try result.get()
    }

    /// Takes libraries in the place of all there are; where that fails, those stay.
    public func adopt(libraries codes: [[UInt8]]) throws(CommandError) {
        if codes.isEmpty, scripts == nil { return }
        let host = try ScriptHost.of(self)
        let before = host.libraries.all.map(\.code)
        host.removeAllLibraries()
        do throws(CommandError) {
            for code in codes { try load(code) }
        } catch {
            host.removeAllLibraries()
            for code in before { try? load(code) }
            throw error
        }
    }
}
