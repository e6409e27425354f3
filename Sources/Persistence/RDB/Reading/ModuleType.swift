/// A type of values that a module brings, by the number that stands before such a value.
///
///     nine letters of 6 bits │ version of the module's encoding (10 bits)
///
/// Source: the description of module type names in the reference's module API.
struct ModuleType {
    /// The nine letters.
    let name: String
    /// The version of its encoding.
    let version: Int

    /// Values of modules, as 4.0 wrote them before its release and since.
    static let rdbTypes: ClosedRange<UInt8> = 6...7
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")

    init(number: UInt64) {
        name = String((0..<9).map { ModuleType.letters[Int(number >> (58 - 6 * UInt64($0)) & 63)] })
        version = Int(number & 1023)
    }
}
