/// Every command of a node, by family.
public let allFamilies: [[Command]] = [
    stringCommands, transactionCommands, connectionCommands, serverCommands, genericCommands, datasetCommands,
    debugCommands,
]
