import CShims
import Primitives
import Storage
import Structures

// Members of large collections are looked up in memory that is seldom in a cache. For a batch of requests that memory is
// fetched beforehand, step by step for all of them, so that they wait together and not one after the other:
//
//     entry (has been fetched) ─▶ page of the tree ─▶ record

extension Node {
    /// Fetches what the requests of a batch are going to read of large collections.
    @inline(never)
    func prefetchMembers(_ count: Int, _ session: Session) {
        guard let input = session.input else { return }
        // As many as `Batch.size`.
        var forecasts = InlineArray<16, HashForecast?>(repeating: nil)
        for index in 0..<count {
            let request = batch.requests[index]
            guard let entry = request.entry, request.count > 2, let member = request.record?.pointee.memberIndex,
                member != 0
            else { continue }
            let place = member > 0 ? Int(member) : request.count + Int(member)
            let span = session.parser.spans[request.firstSpan + place]
            guard let forecast = Entry(entry).forecast(Bytes(base: input + span.offset, count: span.count)) else {
                continue
            }
            forecast.fetch(moving: request.record?.pointee.flags.contains(.write) == true)
            forecasts[index] = forecast
        }
        for index in 0..<count { if let record = forecasts[index]?.record { apus_prefetch(record) } }
    }
}
