/// Every command of a node, by family.
public let allFamilies: [[Command]] = [
    stringCommands, bitmapCommands, listCommands, setCommands, hashCommands, sortedSetCommands, streamCommands,
    hyperLogLogCommands, geoCommands, sortCommands, transactionCommands, connectionCommands, serverCommands,
    genericCommands, datasetCommands, debugCommands, commandCommands, monitorCommands, slotCommands, hotKeyCommands,
    accessCommands, messageCommands, clusterClientCommands, clusterScanCommands,
]
