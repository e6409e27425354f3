import Primitives
import RESP

/// The constellation Apus as one sees it from the south, with a swift for scale.
private let picture = """

             .          *  gamma          .
        .          .    :\\
                        :  \\  .        __
      .       .         :    * beta    \\ \\__
                 .      :   :      ____/    >
          .             :  :     <____   __/
    * alpha . . . . .   * delta       / /
       .            .              .  \\_\\
            .             .     .

      Apus, the swift: a bird that hardly ever lands.


    """

let lolwutCommand = Command(
    "lolwut", .server, since: "5.0.0", arity: -1, [.readonly, .fast], syntax: "[VERSION version]",
    complexity: "O(1)", summary: "Draws a picture, and tells the version.", run: lolwut)

/// Draws the same picture for every version that is asked for.
private func lolwut(_ call: inout Call) throws(CommandError) {
    if call.arguments.count >= 3, call.arguments[1].equals(ignoringCase: "version") { _ = try call.integer(2) }
    call.reply.verbatim("\(picture)Redis ver. \(Release.reference), Apus ver. \(Release.apus)\n")
}
