import Harness
import Testing

extension ProcessTests {
    /// redis-py in an environment of its own; the script says how it is made.
    @Test func redisPy() throws {
        let result = try runProgram(
            packageRoot + "/Tests/clients/run", [Product.apus.program], withinMilliseconds: 180_000)
        #expect(result.status == .exited(0), "\(result.output)")
        #expect(result.output.contains("\nOK"))
    }
}
