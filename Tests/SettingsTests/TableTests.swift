import Settings
import Testing

/// What holds for every directive, by walking the table.
struct TableTests {
    @Test func defaultsAreTheReferences() {
        let settings = Settings()
        #expect(settings.port == 6379)
        #expect(settings.bind == ["*", "-::*"])
        #expect(settings.protoMaxBulkLen == 512 << 20)
        #expect(settings.replicaof == nil)
        #expect(settings.value("save") == "3600 1 300 100 60 10000")
        #expect(
            settings.value("client-output-buffer-limit")
                == "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60")
        #expect(settings.value("latency-tracking-info-percentiles") == "50 99 99.9")
    }

    @Test func namesAreDifferentAndInLowerCase() {
        let names = DirectiveTable.all.flatMap { [$0.name] + ($0.alias.map { [$0] } ?? []) }
        #expect(names.count > 250)
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0 == $0.lowercased() })
    }

    @Test func settingWhatIsShownChangesNothing() throws {
        var settings = Settings()
        for directive in DirectiveTable.all where directive.traits.isDisjoint(with: [.fixed, .guarded]) {
            let changed = try settings.set(directive.name, settings.value(directive.name)!)
            #expect(changed.isEmpty || directive.traits.contains(.reapplied), "\(directive.name)")
        }
        #expect(settings == Settings())
    }

    @Test func readingWhatIsShownChangesNothing() throws {
        for directive in DirectiveTable.all {
            let lines = directive.lines(in: Settings()).map {
                directive.name + " " + String(decoding: $0, as: UTF8.self)
            }
            let text = lines.joined(separator: "\n")
            #expect(try settings(text) == Settings(), "\(text)")
        }
    }

    @Test func numbersOutOfRangeAreRefused() {
        for directive in DirectiveTable.all where ["number", "memory"].contains(directive.typeName) {
            for value in ["-9223372036854775808", "9223372036854775808", "1x", "1 2", "\\xff"] {
                #expect(throws: SettingsError.self, "\(directive.name) \(value)") {
                    try settings("\(directive.name) \"\(value)\"")
                }
            }
        }
    }

    @Test func choicesListTheirWords() {
        for directive in DirectiveTable.all where directive.typeName == "choice" {
            #expect(
                refusal("\(directive.name) nonsense")
                    == "argument(s) must be one of the following: \(directive.valueRange)")
        }
    }

    @Test func aliasesAreTheSameDirective() throws {
        for directive in DirectiveTable.all {
            guard let alias = directive.alias else { continue }
            let shown = Settings().get(directive.name, alias)
            #expect(shown.map(\.name) == [directive.name, alias])
            #expect(shown[0].value == shown[1].value)
        }
        #expect(try settings("slave-priority 5").replicaPriority == 5)
        #expect(try settings("commandlog-slow-execution-max-len 5").slowlogMaxLen == 5)
    }

    @Test func fixedDirectivesCannotBeSet() {
        for directive in DirectiveTable.all where directive.traits.contains(.fixed) {
            #expect(
                reply(directive.name, "1")
                    == SettingsError.refused(name: directive.name, reason: "can't set immutable config").reply
            )
        }
    }

    @Test func secretsAreMarked() {
        #expect(DirectiveTable.named("RequirePass")?.traits == .sensitive)
        #expect(DirectiveTable.named("primaryauth")?.traits == .sensitive)
        #expect(DirectiveTable.named("nosuch") == nil)
    }
}
