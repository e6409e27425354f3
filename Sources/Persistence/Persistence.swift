// Persistence: RDB and AOF as codecs, snapshots and recovery as machines over bytes, and the commands that belong to them.
// No files, no sockets. Imports Commands and what lies below.
import Commands

/// The commands of this module, to be joined with those of Commands.
public let persistenceFamilies: [[Command]] = [dumpCommands, snapshotCommands, appendOnlyCommands]
