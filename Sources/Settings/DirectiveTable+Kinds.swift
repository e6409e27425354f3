// What the lines of the table are made of: a function for each kind of directive, with defaults for what a line omits.

let int32Max = Int(Int32.max)
let int32Min = Int(Int32.min)
let int64Max = Int.max

func flag(
    _ name: String, or alias: String? = nil, _ initial: Bool, _ standing: Standing, _ traits: DirectiveTraits = [],
    refusing refusal: (@Sendable (Bool) -> String?)? = nil
) -> Directive<Bool> {
    directive(name, alias, initial, standing, traits, FlagKind(), refusal)
}

func number(
    _ name: String, or alias: String? = nil, _ initial: Int, in range: ClosedRange<Int> = 0...int32Max,
    _ standing: Standing, _ traits: DirectiveTraits = [], heldWithin bounds: ClosedRange<Int>? = nil
) -> Directive<Int> {
    directive(name, alias, initial, standing, traits, NumberKind(range: range, bounds: bounds ?? range))
}

func octal(
    _ name: String, _ initial: Int, in range: ClosedRange<Int>, _ standing: Standing, _ traits: DirectiveTraits = []
) -> Directive<Int> {
    directive(name, nil, initial, standing, traits, OctalKind(range: range))
}

func memory(
    _ name: String, or alias: String? = nil, _ initial: Int, in range: ClosedRange<Int> = 0...int64Max,
    _ standing: Standing, _ traits: DirectiveTraits = [], heldWithin bounds: ClosedRange<Int>? = nil
) -> Directive<Int> {
    directive(name, alias, initial, standing, traits, MemoryKind(range: range, bounds: bounds ?? range))
}

func clientMemory(_ name: String, _ initial: ClientMemoryLimit, _ standing: Standing) -> Directive<ClientMemoryLimit> {
    directive(name, nil, initial, standing, [], ClientMemoryKind())
}

/// Text that is always there, if only as no characters.
func text(
    _ name: String, or alias: String? = nil, _ initial: String, _ standing: Standing, _ traits: DirectiveTraits = [],
    refusing refusal: (@Sendable (String) -> String?)? = nil
) -> Directive<String> {
    directive(name, alias, initial, standing, traits, TextKind(emptyIsUnset: false), refusal)
}

/// Text that may be unset, which is the default and shows as no characters.
func optionalText(
    _ name: String, or alias: String? = nil, _ standing: Standing, _ traits: DirectiveTraits = [],
    refusing refusal: (@Sendable (String) -> String?)? = nil
) -> Directive<String> {
    directive(name, alias, "", standing, traits, TextKind(emptyIsUnset: true), refusal)
}

/// A secret of any bytes, not set by default.
func secret(_ name: String, or alias: String? = nil, _ standing: Standing) -> Directive<[UInt8]> {
    directive(name, alias, [], standing, .sensitive, SecretKind())
}

func choice<Value: CaseIterable & RawRepresentable<String> & Equatable & Sendable>(
    _ name: String, _ initial: Value, _ standing: Standing, _ traits: DirectiveTraits = []
) -> Directive<Value> {
    directive(name, nil, initial, standing, traits, ChoiceKind())
}

func savePoints(_ name: String, _ initial: [SavePoint], _ standing: Standing) -> Directive<[SavePoint]> {
    directive(name, nil, initial, standing, [], SavePointKind())
}

func bufferLimits(
    _ name: String, _ initial: OutputBufferLimits, _ standing: Standing
) -> Directive<OutputBufferLimits> {
    directive(name, nil, initial, standing, [], OutputBufferLimitsKind())
}

func scores(_ name: String, _ initial: [Int], _ standing: Standing) -> Directive<[Int]> {
    directive(name, nil, initial, standing, [], ScoreKind())
}

func notifications(
    _ name: String, _ initial: NotificationClasses, _ standing: Standing
) -> Directive<NotificationClasses> {
    directive(name, nil, initial, standing, [], NotificationKind())
}

func addresses(
    _ name: String, _ initial: [String], _ standing: Standing, _ traits: DirectiveTraits = []
) -> Directive<[String]> {
    directive(name, nil, initial, standing, traits, AddressKind())
}

func percentiles(_ name: String, _ initial: [Double], _ standing: Standing) -> Directive<[Double]> {
    directive(name, nil, initial, standing, [], PercentileKind())
}

func shutdown(_ name: String, _ initial: ShutdownOptions, _ standing: Standing) -> Directive<ShutdownOptions> {
    directive(name, nil, initial, standing, [], ShutdownKind())
}

func primary(
    _ name: String, or alias: String, _ standing: Standing, _ traits: DirectiveTraits
) -> Directive<PrimaryAddress?> {
    directive(name, alias, nil, standing, traits, PrimaryKind())
}

private func directive<Value>(
    _ name: String, _ alias: String?, _ initial: Value, _ standing: Standing, _ traits: DirectiveTraits,
    _ kind: any DirectiveKind<Value>, _ refusal: (@Sendable (Value) -> String?)? = nil
) -> Directive<Value> {
    Directive(
        name: name, alias: alias, initial: initial, standing: standing, traits: traits, kind: kind,
        refusal: refusal ?? { _ in nil })
}
