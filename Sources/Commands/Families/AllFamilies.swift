/// Every command of a node, by family.
public let allFamilies: [[Command]] = [
    stringCommands, bitmapCommands, transactionCommands, connectionCommands, serverCommands, genericCommands,
    datasetCommands,
    debugCommands, commandCommands, monitorCommands, slotCommands, hotKeyCommands, hyperLogLogCommands,
]
