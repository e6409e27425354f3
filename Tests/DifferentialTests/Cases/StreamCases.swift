/// Streams: entries, ranges, groups.
let streamCases = writtenStreamCases + "\n" + longStreamCases

private let writtenStreamCases = #"""
    == XADD and XLEN
    XADD s 1-1 a b
    XADD s 1-2 a b c d
    XADD s 2 f v
    XADD s 3-* f v
    XADD s 3-* f v
    XLEN s
    XLEN missing
    XRANGE s - +
    TYPE s
    OBJECT ENCODING s
    XADD s 3-1 f v
    XADD s 3-0 f v
    XADD s 1-1 f v
    XADD s 2-* f v
    XADD s 0-0 f v
    XADD s 0 f v
    XADD new 0-0 f v
    XADD new 0 f v
    EXISTS new
    XADD new 0-* f v
    XADD new 0-* f v
    XADD new 0-3 f v
    XADD s 18446744073709551615-18446744073709551614 f v
    XADD s * f v
    XADD s * f v
    XADD s 18446744073709551615-* f v
    XADD s 18446744073709551615-18446744073709551615 f v
    XADD t 18446744073709551615-* f v
    == XADD: IDs that are none
    XADD s abc f v
    XADD s "" f v
    XADD s - f v
    XADD s + f v
    XADD s $ f v
    XADD s > f v
    XADD s 1-1-1 f v
    XADD s 1- f v
    XADD s -1 f v
    XADD s -1-1 f v
    XADD s 1--1 f v
    XADD s 1-*-1 f v
    XADD s *-1 f v
    XADD s *-* f v
    XADD s -* f v
    XADD s ** f v
    XADD s 1.5 f v
    XADD s 0x1 f v
    XADD s 18446744073709551616 f v
    XADD s 1-18446744073709551616 f v
    XADD s 99999999999999999999999-1 f v
    XADD s %repeat(1,200) f v
    XADD s (1-1 f v
    EXISTS s
    XADD s 007-03 f v
    XADD s " 8-1" f v
    XADD s +9-+1 f v
    XADD s "10-1\x00zzz" f v
    XADD s 11-00* f v
    XRANGE s - +
    == XADD: arity and fields
    XADD
    XADD s
    XADD s *
    XADD s * f
    XADD s * f v g
    XADD s 1-1 f
    XADD s NOMKSTREAM 1-1 f
    XADD s NOMKSTREAM 1-1 f v g
    XADD s 1-1 f v f v
    XADD s 1-2 "" ""
    XADD s 1-3 "\x00\r\n\xff" "\x00\xff$5\r\n"
    XADD s 1-4 f %repeat(x,5000)
    XADD s 1-5 %repeat(f,5000) %repeat(x,70000)
    XADD s 1-6 12 -5
    XADD s 1-7 9223372036854775807 -9223372036854775808
    XADD s 1-8 9223372036854775808 007
    XADD s 1-9 -0 +1
    XRANGE s - +
    DEBUG DIGEST-VALUE s
    XLEN
    XLEN s s
    == XADD NOMKSTREAM
    XADD s NOMKSTREAM * f v
    EXISTS s
    XADD s NOMKSTREAM 0-0 f v
    XADD s 1-1 f v
    XADD s nomkstream 1-2 f v
    XADD s NOMKSTREAM NOMKSTREAM 1-3 f v
    XLEN s
    == XADD with trimming
    XADD s 1-1 f v
    XADD s 2-1 f v
    XADD s 3-1 f v
    XADD s MAXLEN 2 4-1 f v
    XRANGE s - +
    XADD s MAXLEN = 2 5-1 f v
    XADD s maxlen 0 6-1 f v
    XLEN s
    EXISTS s
    XADD s MINID 5 7-1 f v
    XADD s 8-1 f v
    XADD s MINID = 8-1 9-1 f v
    XRANGE s - +
    XADD s MAXLEN ~ 1 10-1 f v
    XLEN s
    XADD s MINID ~ 100 11-1 f v
    XLEN s
    XADD s MAXLEN -1 12-1 f v
    XADD s MAXLEN abc 12-1 f v
    XADD s MAXLEN 1.5 12-1 f v
    XADD s MAXLEN ~ abc 12-1 f v
    XADD s MAXLEN 9223372036854775808 12-1 f v
    XADD s MINID abc 12-1 f v
    XADD s MINID - 12-1 f v
    XADD s MAXLEN 1 MINID 1 12-1 f v
    XADD s MINID 1 MAXLEN 1 12-1 f v
    XADD s MAXLEN 1 MAXLEN 1 12-1 f v
    XADD s LIMIT 10 12-1 f v
    XADD s LIMIT 0 12-1 f v
    XADD s MAXLEN 1 LIMIT 10 13-1 f v
    XADD s MAXLEN ~ 1 LIMIT -1 13-1 f v
    XADD s MAXLEN ~ 1 LIMIT abc 13-1 f v
    XADD s LIMIT 10 MAXLEN ~ 1 13-1 f v
    XADD s MAXLEN ~ 1 LIMIT 10 13-2 f v
    XADD s MAXLEN 5 NOMKSTREAM 14-1 f v
    XADD s NOMKSTREAM MAXLEN 5 15-1 f v
    XADD s MAXLEN 16-1 f v
    XADD s MAXLEN = 16-1 f v
    XADD s MAXLEN 5
    XADD s MAXLEN 5 *
    XADD s MAXLEN ~ 5 17-1
    XRANGE s - +
    XINFO STREAM s
    == XTRIM
    XADD s 1-1 f v
    XADD s 2-1 f v
    XADD s 3-1 f v
    XADD s 4-1 f v
    XTRIM s MAXLEN 3
    XTRIM s MAXLEN 3
    XTRIM s MAXLEN = 2
    XTRIM s MINID 4
    XRANGE s - +
    XTRIM s MAXLEN ~ 0
    XTRIM s MAXLEN 0
    EXISTS s
    XINFO STREAM s
    XTRIM missing MAXLEN 5
    XTRIM s MAXLEN
    XTRIM s MAXLEN ~
    XTRIM s FOO 5
    XTRIM s NOMKSTREAM 5
    XTRIM s MAXLEN 5 FOO
    XTRIM s MAXLEN 5 6
    XTRIM s MAXLEN -5
    XTRIM s MAXLEN x
    XTRIM s MINID x
    XTRIM s LIMIT 5
    XTRIM s LIMIT 0 LIMIT 0
    XTRIM s MAXLEN 5 LIMIT 5
    XTRIM s MAXLEN ~ 5 LIMIT 5
    XTRIM s MAXLEN ~ 5 LIMIT
    XTRIM s MAXLEN 5 MINID 5
    XTRIM
    XTRIM s
    XTRIM s MAXLEN
    XTRIM missing FOO 5
    == XDEL
    XADD s 1-1 f v
    XADD s 2-1 f v
    XADD s 3-1 f v
    XDEL s 2-1 9-9 2-1
    XDEL s 2-1
    XRANGE s - +
    XREVRANGE s + -
    XINFO STREAM s
    XDEL s 1-1
    XINFO STREAM s
    XDEL s 3
    XDEL s 3-1
    XLEN s
    EXISTS s
    XINFO STREAM s
    XADD s 3-1 f v
    XADD s 3-2 f v
    XDEL s abc
    XDEL s 3-2 abc
    XLEN s
    XDEL s - +
    XDEL s *
    XDEL missing 1-1
    XDEL missing abc
    XDEL s
    XDEL
    DEBUG DIGEST-VALUE s
    == XRANGE and XREVRANGE
    XADD s 1-1 f v
    XADD s 1-2 f v
    XADD s 2-1 f v
    XADD s 2-2 f v
    XADD s 3-0 f v
    XRANGE s - +
    XRANGE s 1 2
    XRANGE s 1-2 2-1
    XRANGE s (1-1 +
    XRANGE s - (2-2
    XRANGE s (1 (2
    XRANGE s (1-1 (1-2
    XRANGE s 2 1
    XRANGE s + -
    XRANGE s - + COUNT 2
    XRANGE s - + COUNT 0
    XRANGE s - + COUNT -1
    XRANGE s - + count 100
    XRANGE s - + COUNT 1 COUNT 3
    XRANGE s - + COUNT
    XRANGE s - + COUNT x
    XRANGE s - + LIMIT 5
    XRANGE s - + 5
    XREVRANGE s + -
    XREVRANGE s + - COUNT 2
    XREVRANGE s 2 1
    XREVRANGE s (2-2 (1-1
    XREVRANGE s - +
    XREVRANGE s (2 1
    XRANGE s (- +
    XRANGE s - (+
    XRANGE s ( +
    XRANGE s $ +
    XRANGE s * +
    XRANGE s - *
    XRANGE s abc +
    XRANGE s - abc
    XRANGE s "" +
    XRANGE s (18446744073709551615-18446744073709551615 +
    XRANGE s - (0-0
    XRANGE s (18446744073709551615 +
    XRANGE s - (0
    XREVRANGE s abc -
    XREVRANGE s + abc
    XREVRANGE s (0-0 (18446744073709551615-18446744073709551615
    XRANGE missing - +
    XRANGE missing - + COUNT 0
    XRANGE missing x +
    XRANGE s -
    XREVRANGE s +
    XRANGE
    == Wrong types
    SET str v
    XADD str 1-1 f v
    XADD str NOMKSTREAM 1-1 f v
    XADD str 0-0 f v
    XTRIM str MAXLEN 5
    XDEL str 1-1
    XLEN str
    XRANGE str - +
    XREVRANGE str + -
    XREAD STREAMS str 0
    XREAD STREAMS str $
    XREADGROUP GROUP g c STREAMS str >
    XGROUP CREATE str g 0
    XGROUP CREATE str g 0 MKSTREAM
    XGROUP SETID str g 0
    XGROUP DESTROY str g
    XGROUP CREATECONSUMER str g c
    XGROUP DELCONSUMER str g c
    XACK str g 1-1
    XPENDING str g
    XPENDING str g - + 10
    XCLAIM str g c 0 1-1
    XAUTOCLAIM str g c 0 0
    XINFO STREAM str
    XINFO GROUPS str
    XINFO CONSUMERS str g
    XSETID str 1-1
    XADD s 1-1 f v
    GET s
    APPEND s x
    INCR s
    STRLEN s
    GETRANGE s 0 1
    SET s v
    GET s
    == XSETID
    XSETID missing 1-1
    XADD s 5-5 f v
    XSETID s 5-4
    XSETID s 5-5
    XSETID s 6-0
    XADD s 5-9 f v
    XADD s 6-1 f v
    XINFO STREAM s
    XSETID s 10-0 ENTRIESADDED 0
    XSETID s 10-0 ENTRIESADDED -1
    XSETID s 10-0 ENTRIESADDED x
    XSETID s 10-0 ENTRIESADDED 100
    XSETID s 10-0 MAXDELETEDID 11-0
    XSETID s 10-0 MAXDELETEDID 9-0
    XSETID s 10-0 MAXDELETEDID 0-0
    XSETID s 10-0 MAXDELETEDID x
    XSETID s 10-0 entriesadded 50 maxdeletedid 1-1
    XINFO STREAM s
    XSETID s x
    XSETID s -
    XSETID s $
    XSETID s 10-0 FOO
    XSETID s 10-0 ENTRIESADDED
    XSETID s 10-0 5
    XSETID s
    XSETID
    XSETID s 18446744073709551615-18446744073709551615
    XADD s * f v
    == XREAD
    XADD s 1-1 f v
    XADD s 2-1 f v
    XADD s 3-1 f v
    XADD t 5-1 f v
    XREAD STREAMS s 0
    XREAD STREAMS s 1-1
    XREAD STREAMS s 1
    XREAD STREAMS s 3-1
    XREAD STREAMS s $
    XREAD COUNT 1 STREAMS s 0
    XREAD COUNT 0 STREAMS s 0
    XREAD COUNT -5 STREAMS s 0
    XREAD count 2 streams s t 0 0
    XREAD STREAMS s t 3-1 0
    XREAD STREAMS s t 0 5-1
    XREAD STREAMS s missing 0 0
    XREAD STREAMS missing s 0 0
    XREAD STREAMS missing 0
    XREAD STREAMS missing $
    XREAD STREAMS s s 0 2-1
    XREAD BLOCK 10 STREAMS s $
    XREAD BLOCK 10 STREAMS s 3-1
    XREAD BLOCK 10 STREAMS missing 0
    XREAD BLOCK 10 COUNT 1 STREAMS s 0
    XREAD BLOCK 0 STREAMS s 0
    XREAD STREAMS s 18446744073709551615-18446744073709551615
    XDEL s 3-1
    XREAD STREAMS s 2-1
    XREAD COUNT 5 STREAMS s 1-1
    XREAD COUNT x STREAMS s 0
    XREAD BLOCK x STREAMS s 0
    XREAD BLOCK -1 STREAMS s 0
    XREAD BLOCK 1.5 STREAMS s 0
    XREAD STREAMS s abc
    XREAD STREAMS s -
    XREAD STREAMS s >
    XREAD STREAMS s
    @prefix XREAD STREAMS s t 0
    @prefix XREAD COUNT 1 STREAMS s t u 0 0
    XREAD COUNT 1
    XREAD FOO STREAMS s 0
    XREAD GROUP g c STREAMS s 0
    XREAD NOACK STREAMS s 0
    XREAD COUNT STREAMS s 0
    XREAD BLOCK STREAMS s 0
    XREAD COUNT 1 COUNT 2 STREAMS s 0
    XREAD
    == XREAD BLOCK waits for an entry
    XADD s 1-1 f v
    2: @noreply XREAD BLOCK 0 STREAMS s missing $ $
    PING
    @ignore DEBUG SLEEP 0.05
    XADD s 2-1 f v
    2: @read
    2: @noreply XREAD BLOCK 0 COUNT 1 STREAMS missing s 0 $
    @ignore DEBUG SLEEP 0.05
    XADD missing 3-1 f v
    2: @read
    2: XREAD BLOCK 20 STREAMS s $
    == XREAD BLOCK inside a transaction
    XADD s 1-1 f v
    MULTI
    XREAD BLOCK 0 STREAMS s $
    XREAD BLOCK 0 STREAMS s 0
    EXEC
    == XREADGROUP BLOCK
    XGROUP CREATE s g $ MKSTREAM
    2: @noreply XREADGROUP GROUP g c BLOCK 0 STREAMS s >
    @ignore DEBUG SLEEP 0.05
    XADD s 1-1 f v
    2: @read
    2: XREADGROUP GROUP g c BLOCK 20 STREAMS s >
    2: XREADGROUP GROUP g c BLOCK 0 STREAMS s 0
    == XGROUP
    XGROUP CREATE s g 0
    XGROUP CREATE s g 0 MKSTREAM
    XLEN s
    XINFO STREAM s
    XGROUP CREATE s g 0
    XGROUP CREATE s g 0 MKSTREAM
    XADD s 1-1 f v
    XADD s 2-1 f v
    XGROUP CREATE s h $
    XGROUP CREATE s i 1
    XGROUP CREATE s j 1-1 ENTRIESREAD 1
    XGROUP CREATE s k 0 entriesread -1
    XGROUP CREATE s l 0 ENTRIESREAD -2
    XGROUP CREATE s l 0 ENTRIESREAD x
    XGROUP CREATE s l 0 ENTRIESREAD
    XGROUP CREATE s l 0 FOO
    XGROUP CREATE s l abc
    XGROUP CREATE s l -
    XGROUP CREATE s l >
    XGROUP CREATE new l abc MKSTREAM
    EXISTS new
    XGROUP CREATE new l $ MKSTREAM ENTRIESREAD 5
    XINFO GROUPS new
    XGROUP CREATE s "" 0
    XGROUP CREATE s "bin\x00\r\n" 0
    XINFO GROUPS s
    XGROUP SETID s g 2-1
    XGROUP SETID s g $
    XGROUP SETID s g $ ENTRIESREAD 2
    XGROUP SETID s g abc
    XGROUP SETID s g 0 FOO
    XGROUP SETID s g 0 MKSTREAM
    XGROUP SETID s g 0 ENTRIESREAD -5
    XGROUP SETID s missing 0
    XGROUP SETID missing g 0
    XINFO GROUPS s
    XGROUP CREATECONSUMER s g c
    XGROUP CREATECONSUMER s g c
    XGROUP CREATECONSUMER s g a
    XGROUP CREATECONSUMER s missing c
    XGROUP CREATECONSUMER missing g c
    XINFO GROUPS s
    XGROUP DELCONSUMER s g c
    XGROUP DELCONSUMER s g c
    XGROUP DELCONSUMER s missing c
    XGROUP DELCONSUMER missing g c
    XGROUP DESTROY s g
    XGROUP DESTROY s g
    XGROUP DESTROY missing g
    XGROUP FOO s g
    XGROUP CREATE s
    XGROUP CREATE s g
    XGROUP SETID s g
    XGROUP DESTROY s
    XGROUP DESTROY s g g
    XGROUP CREATECONSUMER s g
    XGROUP DELCONSUMER s g
    XGROUP
    @help XGROUP HELP
    @help XINFO HELP
    XGROUP HELP x
    == XREADGROUP
    XADD s 1-1 f v
    XADD s 2-1 f v
    XADD s 3-1 f v
    XGROUP CREATE s g 0
    XREADGROUP GROUP g c STREAMS s 0
    XREADGROUP GROUP g c COUNT 1 STREAMS s >
    XREADGROUP GROUP g d COUNT 1 STREAMS s >
    XREADGROUP GROUP g c STREAMS s 0
    XREADGROUP GROUP g c STREAMS s 1-1
    XREADGROUP GROUP g c COUNT 1 STREAMS s 0
    XREADGROUP GROUP g d STREAMS s 0
    XREADGROUP GROUP g d STREAMS s >
    XREADGROUP GROUP g d STREAMS s >
    XPENDING s g
    XDEL s 2-1
    XREADGROUP GROUP g d STREAMS s 0
    XREADGROUP GROUP g d COUNT 1 STREAMS s 2
    XADD s 4-1 f v
    XADD s 5-1 f v
    XREADGROUP GROUP g e NOACK COUNT 1 STREAMS s >
    XREADGROUP GROUP g e STREAMS s 0
    XREADGROUP GROUP g e NOACK STREAMS s 0
    XPENDING s g
    XINFO GROUPS s
    XGROUP SETID s g 0
    XREADGROUP GROUP g e COUNT 2 STREAMS s >
    XPENDING s g
    @about:2000 XPENDING s g - + 10
    XADD t 1-1 f v
    XREADGROUP GROUP g c STREAMS t >
    XGROUP CREATE t g 0
    XREADGROUP GROUP g c STREAMS s t > >
    XREADGROUP GROUP g c STREAMS s t > >
    XREADGROUP GROUP g c STREAMS s t 0 >
    XREADGROUP GROUP g c STREAMS s missing > >
    XREADGROUP GROUP missing c STREAMS s >
    XREADGROUP GROUP g c STREAMS s $
    XREADGROUP GROUP g c STREAMS s abc
    XREADGROUP GROUP g c STREAMS s -
    @prefix XREADGROUP GROUP g c STREAMS s t >
    XREADGROUP GROUP g c COUNT x STREAMS s >
    XREADGROUP GROUP g c BLOCK x STREAMS s >
    XREADGROUP GROUP g c BLOCK -1 STREAMS s >
    XREADGROUP GROUP g c FOO STREAMS s >
    XREADGROUP COUNT 5 NOACK NOACK STREAMS s >
    XREADGROUP GROUP g STREAMS s > x y
    XREADGROUP GROUP g c STREAMS s
    XREADGROUP GROUP g c
    XREADGROUP
    XREADGROUP GROUP g c BLOCK 10 STREAMS s >
    XREADGROUP group g c streams s 5-1
    XREADGROUP GROUP g c STREAMS s 18446744073709551615-18446744073709551615
    == XACK
    XADD s 1-1 f v
    XADD s 2-1 f v
    XGROUP CREATE s g 0
    XREADGROUP GROUP g c STREAMS s >
    XACK s g 1-1 9-9 1-1
    XACK s g 1-1
    XACK s g 2
    XACK s g 2-1
    XPENDING s g
    XACK s g abc
    XACK s g 1-1 abc
    XACK s missing 1-1
    XACK s missing abc
    XACK missing g 1-1
    XACK missing g abc
    XACK s g
    XACK
    == XPENDING
    XADD s 1-1 f v
    XADD s 2-1 f v
    XADD s 3-1 f v
    XADD s 4-1 f v
    XGROUP CREATE s g 0
    XPENDING s g
    XPENDING s g - + 10
    XREADGROUP GROUP g b COUNT 2 STREAMS s >
    XREADGROUP GROUP g a STREAMS s >
    XPENDING s g
    @about:2000 XPENDING s g - + 10
    @about:2000 XPENDING s g - + 1
    @about:2000 XPENDING s g - + 0
    @about:2000 XPENDING s g - + -1
    @about:2000 XPENDING s g (1-1 (4-1 10
    @about:2000 XPENDING s g 2 3 10
    @about:2000 XPENDING s g + - 10
    @about:2000 XPENDING s g - + 10 a
    @about:2000 XPENDING s g - + 1 b
    XPENDING s g - + 10 missing
    @about:2000 XPENDING s g IDLE 0 - + 10
    XPENDING s g IDLE 100000 - + 10
    XPENDING s g IDLE 100000 - + 10 a
    @about:2000 XPENDING s g IDLE -5 - + 10 a
    XPENDING s g IDLE x - + 10
    XPENDING s g IDLE 0 - +
    XPENDING s g IDLE 0
    XPENDING s g IDLE
    XPENDING s g - +
    XPENDING s g -
    XPENDING s g - + x
    XPENDING s g x + 10
    XPENDING s g - x 10
    XPENDING s g (18446744073709551615-18446744073709551615 + 10
    XPENDING s g - (0-0 10
    @about:2000 XPENDING s g - + 10 a b
    XPENDING s g - + 10 a b c d
    XPENDING s g FOO 5 - + 10
    XPENDING s missing
    XPENDING missing g
    XPENDING missing g - + 10
    XPENDING s
    XPENDING
    XGROUP DELCONSUMER s g a
    XPENDING s g
    == XCLAIM
    XADD s 1-1 f v
    XADD s 2-1 f v
    XADD s 3-1 f v
    XADD s 4-1 f v
    XGROUP CREATE s g 0
    XREADGROUP GROUP g c COUNT 3 STREAMS s >
    XCLAIM s g d 0 1-1
    XCLAIM s g d 0 1-1 2-1 9-9 4-1
    XCLAIM s g d 0 1-1 JUSTID
    @about:2000 XPENDING s g - + 10
    XCLAIM s g d 100000 3-1
    XCLAIM s g d 0 3-1 RETRYCOUNT 7
    @about:2000 XPENDING s g - + 10 d
    XCLAIM s g d 0 3-1 IDLE 5000 JUSTID
    @about:2000 XPENDING s g - + 10 d
    XCLAIM s g d 0 3-1 TIME %nowms-100000 justid
    @about:2000 XPENDING s g - + 10 d
    XCLAIM s g d 0 3-1 TIME %nowms+100000 JUSTID
    XCLAIM s g d 0 3-1 TIME -1 JUSTID
    XCLAIM s g d 0 3-1 IDLE -100 JUSTID
    @about:2000 XPENDING s g - + 10 d
    XCLAIM s g d 1000 1-1
    XCLAIM s g d 0 1-1 RETRYCOUNT -1
    XCLAIM s g e 0 4-1 FORCE
    @about:2000 XPENDING s g - + 10 e
    XCLAIM s g e 0 9-9 FORCE
    XCLAIM s g e 0 1-1 LASTID 4-1 JUSTID
    XINFO GROUPS s
    XCLAIM s g e 0 1-1 LASTID 1-1 JUSTID
    XINFO GROUPS s
    XDEL s 2-1
    XCLAIM s g e 0 2-1
    XPENDING s g
    XCLAIM s g e -5 1-1 JUSTID
    XCLAIM s g e x 1-1
    XCLAIM s g e 0 x
    XCLAIM s g e 0 1-1 x
    XCLAIM s g e 0 1-1 IDLE
    XCLAIM s g e 0 1-1 IDLE x
    XCLAIM s g e 0 1-1 TIME x
    XCLAIM s g e 0 1-1 RETRYCOUNT x
    XCLAIM s g e 0 1-1 LASTID x
    XCLAIM s g e 0 1-1 JUSTID 3-1
    XCLAIM s g e 0 1-1 3-1 JUSTID FORCE
    XCLAIM s missing e 0 1-1
    XCLAIM missing g e 0 1-1
    XCLAIM missing g e x x
    XCLAIM s g e 0
    XCLAIM
    == XAUTOCLAIM
    XADD s 1-1 f v
    XADD s 2-1 f v
    XADD s 3-1 f v
    XADD s 4-1 f v
    XADD s 5-1 f v
    XGROUP CREATE s g 0
    XREADGROUP GROUP g c STREAMS s >
    XAUTOCLAIM s g d 0 0
    XAUTOCLAIM s g d 0 - COUNT 2
    XAUTOCLAIM s g d 0 3-1 COUNT 2
    XAUTOCLAIM s g d 0 (3-1 COUNT 2
    XAUTOCLAIM s g d 0 0 JUSTID
    XAUTOCLAIM s g e 0 0 COUNT 3 JUSTID
    XAUTOCLAIM s g e 100000 0
    XAUTOCLAIM s g e 100000 0 COUNT 1
    @about:2000 XPENDING s g - + 10
    XDEL s 2-1 4-1
    XAUTOCLAIM s g d 0 0 COUNT 2
    XPENDING s g
    XAUTOCLAIM s g d 0 3 COUNT 100
    XPENDING s g
    XAUTOCLAIM s g d 0 0
    XAUTOCLAIM s g d x 0
    XAUTOCLAIM s g d -1 0 JUSTID
    XAUTOCLAIM s g d 0 x
    XAUTOCLAIM s g d 0 +
    XAUTOCLAIM s g d 0 (18446744073709551615-18446744073709551615
    XAUTOCLAIM s g d 0 0 COUNT 0
    XAUTOCLAIM s g d 0 0 COUNT -1
    XAUTOCLAIM s g d 0 0 COUNT x
    XAUTOCLAIM s g d 0 0 COUNT 9223372036854775807
    XAUTOCLAIM s g d 0 0 COUNT
    XAUTOCLAIM s g d 0 0 FOO
    XAUTOCLAIM s missing d 0 0
    XAUTOCLAIM missing g d 0 0
    XAUTOCLAIM s g d 0
    XAUTOCLAIM
    == XINFO
    XINFO STREAM missing
    XINFO GROUPS missing
    XINFO CONSUMERS missing g
    XADD s 1-1 f v
    XADD s 2-1 f v
    XINFO STREAM s
    XINFO STREAM s FULL
    XINFO GROUPS s
    XGROUP CREATE s g 0
    XINFO GROUPS s
    XINFO CONSUMERS s g
    XINFO STREAM s FULL
    XREADGROUP GROUP g c COUNT 1 STREAMS s >
    XINFO GROUPS s
    XINFO STREAM s FULL COUNT x
    XINFO STREAM s FULL COUNT
    XINFO STREAM s FULL FOO 1
    XINFO STREAM s FULL COUNT 1 2
    XINFO STREAM s FOO
    XINFO CONSUMERS s missing
    XINFO FOO s
    XINFO STREAM
    XINFO GROUPS
    XINFO GROUPS s s
    XINFO CONSUMERS s
    XINFO
    == XINFO STREAM FULL COUNT
    XADD s 1-1 f v
    XADD s 2-1 f v
    XADD s 3-1 f v
    XINFO STREAM s FULL COUNT 1
    XINFO STREAM s FULL COUNT 0
    XINFO STREAM s FULL COUNT -1
    XINFO STREAM s full count 2
    == Lag
    XGROUP CREATE s g 0 MKSTREAM
    XINFO GROUPS s
    XADD s 1-1 f v
    XADD s 2-1 f v
    XADD s 3-1 f v
    XADD s 4-1 f v
    XGROUP CREATE s first 1-1
    XGROUP CREATE s middle 2-1
    XGROUP CREATE s last $
    XINFO GROUPS s
    XREADGROUP GROUP g c COUNT 1 STREAMS s >
    XREADGROUP GROUP middle c COUNT 1 STREAMS s >
    XINFO GROUPS s
    XDEL s 2-1
    XINFO GROUPS s
    XREADGROUP GROUP g c COUNT 1 STREAMS s >
    XINFO GROUPS s
    XDEL s 1-1
    XINFO GROUPS s
    XTRIM s MAXLEN 1
    XINFO GROUPS s
    XREADGROUP GROUP first c STREAMS s >
    XINFO GROUPS s
    XDEL s 4-1
    XINFO GROUPS s
    XADD s 5-1 f v
    XINFO GROUPS s
    == Streams among the keys
    XADD s 1-1 f v
    XGROUP CREATE s g 0
    XREADGROUP GROUP g c STREAMS s >
    COPY s t
    XADD s 2-1 f v
    XACK t g 1-1
    XPENDING s g
    XPENDING t g
    XRANGE t - +
    RENAME s u
    XPENDING u g
    XDEL u 1-1
    XRANGE t - +
    @unordered SCAN 0 TYPE stream COUNT 100
    EXPIRE u 1000
    XADD u 3-1 f v
    @about:2 TTL u
    DEL t
    FLUSHALL
    """#

/// So many XADD, with the ID, fields and values that `words` gives for a number.
private func additions(_ count: Int, to key: String, _ words: (Int) -> String) -> String {
    (1...count).map { "XADD \(key) \(words($0))" }.joined(separator: "\n")
}

/// Streams of many blocks, whose bounds decide what approximate trimming takes and what XINFO tells.
private let longStreamCases = """
    == XTRIM of many, approximately | RESP2
    \(additions(350, to: "s") { "\($0)-0 f v" })
    XINFO STREAM s
    XTRIM s MAXLEN ~ 120
    XTRIM s MAXLEN ~ 120 LIMIT 10
    XTRIM s MINID ~ 301 LIMIT 99
    XTRIM s MINID ~ 301 LIMIT 100
    XLEN s
    XINFO STREAM s
    == Blocks of large entries | RESP2
    \(additions(300, to: "s") { "\($0 * $0 * $0)-\($0) f %repeat(v,\($0))" })
    XINFO STREAM s
    XADD s MAXLEN ~ 120 999999999-0 f v
    XINFO STREAM s
    XLEN s
    DEBUG DIGEST-VALUE s
    XTRIM s MINID 10000000
    XINFO STREAM s
    == Blocks of numbers | RESP2
    \(additions(300, to: "s") { "\($0)-0 f\($0 % 3) \($0 * $0 * $0 * $0 * $0) g -\($0)" })
    XINFO STREAM s
    DEBUG DIGEST-VALUE s
    XDEL s 100-0 101-0 102-0 103-0
    XTRIM s MAXLEN ~ 150
    XTRIM s MAXLEN 101
    XINFO STREAM s
    XRANGE s - + COUNT 3
    XREVRANGE s + - COUNT 3
    == Blocks by directive | RESP2
    CONFIG SET stream-node-max-entries 7
    \(additions(300, to: "u") { "\($0)-\($0) f v" })
    XINFO STREAM u
    XTRIM u MAXLEN ~ 10
    XTRIM u MAXLEN ~ 10 LIMIT 0
    CONFIG SET stream-node-max-entries 100
    CONFIG SET stream-node-max-bytes 300
    \(additions(300, to: "w") { "\($0)-\($0) f \($0)" })
    XINFO STREAM w
    XTRIM w MINID ~ 290
    CONFIG SET stream-node-max-entries 0
    CONFIG SET stream-node-max-bytes 0
    \(additions(300, to: "x") { "\($0)-\($0) f \($0)" })
    XINFO STREAM x
    CONFIG SET stream-node-max-entries 100
    CONFIG SET stream-node-max-bytes 4096
    """
