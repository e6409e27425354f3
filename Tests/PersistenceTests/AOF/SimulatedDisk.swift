@testable import Persistence

/// Files, and what of them would be there after the power had gone: bytes only where the file, and names only where the
/// directory was forced to the disk. Any action can be made to fail.
final class SimulatedDisk {
    private struct File {
        var content: [UInt8] = []
        var durable: [UInt8] = []
        /// After a failed fsync what was not on the disk never gets there, whatever later ones say.
        var isPoisoned = false
    }

    private var files: [File] = []
    private var names: [String: Int] = [:]
    private var durableNames: [String: Int] = [:]
    private var opened: [Int: Int] = [:]
    /// Actions carried out so far.
    private(set) var count = 0
    /// Which of them fail, and with which number.
    var failures: (Int) -> Int32? = { _ in nil }

    /// Carries an action out; 0, or the number of the error.
    func perform(_ action: DiskAction) -> Int32 {
        defer { count += 1 }
        let error = failures(count)
        switch action {
        case .create(let file, let path, _):
            if let error { return error }
            if names[path] == nil {
                files.append(File())
                names[path] = files.count - 1
            }
            opened[file] = names[path]
            files[names[path]!].content = []
            files[names[path]!].isPoisoned = false
        case .open(let file, let path):
            guard error == nil, let place = names[path] else { return error ?? 2 }
            opened[file] = place
        case .append(let file, let bytes):
            guard let place = opened[file] else { return 9 }
            // A write that fails may have written a part.
            files[place].content += error == nil ? bytes.array[...] : bytes.array.prefix(bytes.count / 2)
            return error ?? 0
        case .synchronize(let file):
            guard let place = opened[file] else { return 9 }
            if let error {
                files[place].isPoisoned = true
                return error
            }
            if !files[place].isPoisoned { files[place].durable = files[place].content }
        case .writeOut: return error ?? 0
        case .truncate(let file, let size):
            guard error == nil, let place = opened[file] else { return error ?? 9 }
            files[place].content.removeLast(files[place].content.count - size)
        case .close(let file):
            opened[file] = nil
            return error ?? 0
        case .rename(let from, let to):
            guard error == nil, let place = names.removeValue(forKey: from) else { return error ?? 2 }
            names[to] = place
        case .remove(let path):
            guard error == nil, names.removeValue(forKey: path) != nil else { return error ?? 2 }
        case .synchronizeDirectory:
            if let error { return error }
            durableNames = names
        }
        return 0
    }

    /// What a process finds that starts after this one was killed.
    var afterKill: [String: [UInt8]] { names.mapValues { files[$0].content } }

    /// What it finds after the power has gone.
    /// - Parameter kept: how many bytes beyond those that are certain have reached the disk.
    func afterPowerCut(kept: Int) -> [String: [UInt8]] {
        durableNames.mapValues { place in
            let file = files[place]
            let isLonger = !file.isPoisoned && file.content.starts(with: file.durable)
            return isLonger ? file.durable + file.content.dropFirst(file.durable.count).prefix(kept) : file.durable
        }
    }
}
