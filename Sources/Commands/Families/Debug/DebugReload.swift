import Primitives

/// How DEBUG reads back what was saved.
let reloadSwitches: [DebugSwitch] = [
    DebugSwitch(
        "reload", taking: 0...Int.max, syntax: "[option ...]",
        "Saves the data set and reads it back. Options: MERGE, NOFLUSH, NOSAVE.", run: reload)
]

private func reload(_ call: inout Call) throws(CommandError) {
    var (saves, empties, replaces) = (true, true, false)
    var options = call.options(from: 2)
    while !options.isAtEnd {
        if options.take("nosave") {
            saves = false
        } else if options.take("noflush") {
            empties = false
        } else if options.take("merge") {
            replaces = true
        } else {
            throw .message("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.")
        }
    }
    guard let saving = call.node.saving else { throw .message("ERR There is no disk.") }
    if call.node.isLoading { throw .message("ERR The data set is being loaded.") }
    try saving.reload(saves: saves, empties: empties, replaces: replaces)
    call.recordNothing()
    call.reply.ok()
}
