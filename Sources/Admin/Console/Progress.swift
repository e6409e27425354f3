/// How far long work is, as text.
struct ProgressText {
    var title: String
    var done: Int
    var total: Int
    /// What is counted: `slots`.
    var unit: String
    /// What else there is to say: keys, bytes.
    var detail = ""
    var elapsedMilliseconds: Int

    private var share: Double { total == 0 ? 1 : Double(done) / Double(total) }

    /// How long the rest takes if it goes on like this; nil while that cannot be said.
    var secondsLeft: Int? {
        guard done > 0, done < total else { return nil }
        return Int((Double(elapsedMilliseconds) / 1000 * Double(total - done) / Double(done)).rounded(.up))
    }

    private var left: String { secondsLeft.map { ", \(ProgressText.time($0)) left" } ?? "" }
    private var extra: String { detail.isEmpty ? "" : ", " + detail }

    /// `moving [#####-----] 50% 100/200 slots, 12 s left`
    func bar(width: Int) -> String {
        let words = " \(Int(share * 100))% \(done)/\(total) \(unit)\(extra)\(left)"
        let room = min(40, width - title.count - words.count - 4)
        guard room >= 5 else { return String((title + words).prefix(max(0, width - 1))) }
        let full = Int(share * Double(room))
        return "\(title) [" + String(repeating: "#", count: full) + String(repeating: "-", count: room - full) + "]"
            + words
    }

    var line: String { "\(title): \(done)/\(total) \(unit)\(extra)\(left)" }

    /// `1 h 2 min`, `3 min 4 s`, `5 s`.
    static func time(_ seconds: Int) -> String {
        if seconds >= 3600 { return "\(seconds / 3600) h \(seconds / 60 % 60) min" }
        return seconds >= 60 ? "\(seconds / 60) min \(seconds % 60) s" : "\(seconds) s"
    }

    /// `1.5 MB`.
    static func size(_ bytes: Int) -> String {
        let units = ["B", "kB", "MB", "GB", "TB"]
        var (value, unit) = (Double(bytes), 0)
        while value >= 1000, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
        return unit == 0 ? "\(bytes) B" : "\((value * 10).rounded() / 10) \(units[unit])"
    }
}

/// Shows how far long work is: a bar on a terminal, a line now and then elsewhere.
final class Progress {
    private var text: ProgressText
    private let console: Console
    private let begin = Console.milliseconds
    private var shownAt: Int?
    private static let (barPause, linePause) = (100, 5000)

    init(_ console: Console, _ title: String, total: Int, unit: String) {
        self.console = console
        text = ProgressText(title: title, done: 0, total: total, unit: unit, elapsedMilliseconds: 0)
    }

    func update(_ done: Int, _ detail: String = "") {
        (text.done, text.detail) = (done, detail)
        let now = Console.milliseconds
        text.elapsedMilliseconds = now - begin
        let pause = console.hasBar ? Progress.barPause : Progress.linePause
        guard now - (shownAt ?? (console.hasBar ? 0 : begin)) >= pause else { return }
        shownAt = now
        show()
    }

    /// The last state, whatever was shown before.
    func end() {
        show()
        if console.hasBar { console.endBar() }
    }

    private func show() {
        if console.hasBar { console.bar(text.bar(width: console.width)) } else { console.say(text.line) }
    }
}
