import Commands

extension SimulationFigures {
    mutating func add(_ figures: ReplicationFigures?) {
        fullSyncs += figures?.fullSyncs ?? 0
        partialSyncs += figures?.partialSyncs ?? 0
        resumedSyncs += figures?.resumedSyncs ?? 0
    }
}
