/// Strings without counting and without bits.
let stringCases = #"""
    == SET and GET
    SET k v
    GET k
    SET k ""
    GET k
    STRLEN k
    GET missing
    SET "" empty-key
    GET ""
    SET "bin\x00\xff\r\n" "\x00\x01\x02\xff\r\n"
    GET "bin\x00\xff\r\n"
    set k lower
    gEt k
    SET long %repeat(abcdefghij,20000)
    GET long
    STRLEN long
    SET %repeat(k,70000) v
    GET %repeat(k,70000)
    == SET: arity and unknown options
    SET
    SET k
    GET
    GET a b
    SET k v FOO
    SET k v ""
    SET k v NX FOO
    SET k v %repeat(z,200)
    EXISTS k
    == SET NX and XX
    SET k v XX
    GET k
    SET k v NX
    SET k w NX
    GET k
    SET k w XX
    GET k
    SET k v NX XX
    SET k v XX NX
    SET k v NX NX
    SET k v XX XX
    SET k v nx
    GET k
    == SET GET
    SET k v GET
    SET k w GET
    GET k
    SET k x NX GET
    GET k
    SET m x NX GET
    GET m
    SET absent x XX GET
    EXISTS absent
    SET k y XX GET
    GET k
    SET k z GET GET
    SET k "" GET
    SET k v GET
    SET k v get xx
    == SET with EX and PX
    SET k v EX 100
    @about:2 TTL k
    SET k v PX 100000
    @about:2000 PTTL k
    SET k v ex 100
    @about:2 TTL k
    SET k v
    TTL k
    SET k v EX 0
    SET k v EX -1
    SET k v PX 0
    SET k v PX -5
    SET k v EX abc
    SET k v EX 1.5
    SET k v EX ""
    SET k v EX " 10"
    SET k v EX +10
    SET k v EX 010
    SET k v EX
    SET k v PX
    SET k v EX 9223372036854775807
    SET k v EX 9223372036854775
    SET k v EX 9223372036854776
    SET k v PX 9223372036854775807
    SET k v EX 9223372036854775808
    SET k v EX -9223372036854775808
    GET k
    == SET with EXAT and PXAT
    SET k v EXAT %now+1000
    EXPIRETIME k
    SET k v PXAT %nowms+1000000
    PEXPIRETIME k
    SET k v EXAT 0
    SET k v EXAT -1
    SET k v PXAT 0
    SET k v PXAT -100
    SET k v EXAT abc
    SET k v EXAT 9223372036854775807
    SET k v EXAT 9223372036854775
    SET k v PXAT 9223372036854775807
    PEXPIRETIME k
    SET k v EXAT 1
    EXISTS k
    SET k v PXAT 1
    EXISTS k
    GET k
    DBSIZE
    SET k v EXAT
    SET k v PXAT
    == SET with KEEPTTL
    SET k v EX 1000
    SET k w KEEPTTL
    @about:2 TTL k
    GET k
    SET k x keepttl GET
    @about:2 TTL k
    SET m v KEEPTTL
    TTL m
    SET k v KEEPTTL EX 10
    SET k v EX 10 KEEPTTL
    SET k v KEEPTTL KEEPTTL
    @about:2 TTL k
    == SET: options that exclude each other
    SET k v EX 10 PX 10000
    SET k v PX 10000 EX 10
    SET k v EX 10 EX 20
    SET k v EX 10 EXAT %now+10
    SET k v EXAT %now+10 PXAT %nowms+10000
    SET k v KEEPTTL PXAT %nowms+10000
    SET k v NX EX 10 GET
    SET k w XX PX 100000 GET
    SET k x GET EX 100 XX
    @about:2 TTL k
    SET k v EX NX
    SET k v NX EX
    SET k v EX 10 PERSIST
    GET k
    == SET removes the time to live and changes the encoding
    SET k v EX 1000
    SET k 12345
    TTL k
    OBJECT ENCODING k
    SET k %repeat(a,44)
    OBJECT ENCODING k
    SET k %repeat(a,45)
    OBJECT ENCODING k
    SET k 01
    OBJECT ENCODING k
    SET k +1
    OBJECT ENCODING k
    SET k -0
    OBJECT ENCODING k
    SET k 9223372036854775807
    OBJECT ENCODING k
    SET k 9223372036854775808
    OBJECT ENCODING k
    SET k -9223372036854775808
    OBJECT ENCODING k
    SET k ""
    OBJECT ENCODING k
    SET k " 1"
    OBJECT ENCODING k
    SET k 1.5
    OBJECT ENCODING k
    == SETNX
    SETNX k v
    SETNX k w
    GET k
    SETNX k
    SETNX k v w
    SETNX "" ""
    GET ""
    == SETEX and PSETEX
    SETEX k 100 v
    @about:2 TTL k
    GET k
    PSETEX k 100000 w
    @about:2000 PTTL k
    GET k
    SETEX k 0 v
    SETEX k -1 v
    SETEX k abc v
    SETEX k 1.0 v
    SETEX k 9223372036854775807 v
    SETEX k 9223372036854775 v
    PSETEX k 0 v
    PSETEX k -1 v
    PSETEX k "" v
    PSETEX k 9223372036854775807 v
    SETEX k 10
    SETEX k 10 v w
    PSETEX k 10
    PSETEX k 10 v w
    GET k
    == GETSET
    GETSET k v
    GETSET k w
    GET k
    SET k v EX 100
    GETSET k x
    TTL k
    GETSET k
    GETSET k a b
    == GETDEL
    GETDEL k
    SET k v
    GETDEL k
    EXISTS k
    SET k 10
    GETDEL k
    GETDEL
    GETDEL a b
    == GETEX
    GETEX k
    SET k v
    GETEX k
    TTL k
    GETEX k EX 100
    @about:2 TTL k
    GETEX k PX 200000
    @about:2000 PTTL k
    GETEX k EXAT %now+500
    EXPIRETIME k
    GETEX k PXAT %nowms+500000
    PEXPIRETIME k
    GETEX k PERSIST
    TTL k
    GETEX k persist
    GETEX missing EX 10
    GETEX missing PERSIST
    GETEX k EX 0
    GETEX k EX -1
    GETEX k PX 0
    GETEX k EXAT 0
    GETEX k EX abc
    GETEX k EX 9223372036854775807
    GETEX k PX 9223372036854775807
    GETEX missing EX 0
    GETEX k EX
    GETEX k EX 10 PX 10
    GETEX k PERSIST EX 10
    GETEX k EX 10 PERSIST
    GETEX k KEEPTTL
    GETEX k NX
    GETEX k FOO
    GETEX k GET
    GETEX
    TTL k
    GETEX k EXAT 1
    EXISTS k
    SET k v
    GETEX k PXAT 1
    EXISTS k
    == APPEND
    APPEND k abc
    APPEND k def
    GET k
    OBJECT ENCODING k
    APPEND k ""
    STRLEN k
    APPEND new ""
    EXISTS new
    GET new
    SET n 10
    APPEND n 5
    GET n
    INCR n
    OBJECT ENCODING n
    SET k v EX 1000
    APPEND k w
    @about:2 TTL k
    APPEND k "\x00\xff"
    GET k
    APPEND k
    APPEND k a b
    APPEND big %repeat(x,100000)
    APPEND big %repeat(y,100000)
    STRLEN big
    == STRLEN
    STRLEN missing
    SET k hello
    STRLEN k
    SET k 12345
    STRLEN k
    SET k -1
    STRLEN k
    SET k "\xc3\xa9"
    STRLEN k
    STRLEN
    STRLEN a b
    == SETRANGE
    SETRANGE k 0 ""
    EXISTS k
    SETRANGE k 5 abc
    GET k
    SETRANGE k 0 xyz
    GET k
    SETRANGE k 0 ""
    SETRANGE k 100 ""
    SETRANGE k -1 a
    SETRANGE missing -1 ""
    SETRANGE k abc a
    SETRANGE k 536870912 a
    SETRANGE k 536870911 ab
    SETRANGE k 9223372036854775807 a
    SETRANGE k 4294967296 ""
    SETRANGE missing 9223372036854775807 a
    SETRANGE missing 9223372036854775807 ""
    SETRANGE k
    SETRANGE k 1
    SETRANGE k 1 a b
    SET n 12345
    SETRANGE n 2 x
    GET n
    OBJECT ENCODING n
    SET t v EX 100
    SETRANGE t 3 w
    @about:2 TTL t
    SETRANGE k 1 "\x00\x00"
    GET k
    STRLEN k
    == GETRANGE and SUBSTR
    SET k "This is a string"
    GETRANGE k 0 3
    GETRANGE k -3 -1
    GETRANGE k 0 -1
    GETRANGE k 10 100
    GETRANGE k 5 3
    GETRANGE k -1 -3
    GETRANGE k 100 200
    GETRANGE k -100 3
    GETRANGE k -100 -90
    GETRANGE k 0 -100
    GETRANGE k 0 0
    GETRANGE k -9223372036854775808 9223372036854775807
    GETRANGE k 9223372036854775807 9223372036854775807
    GETRANGE k 9223372036854775807 -9223372036854775808
    GETRANGE missing 0 -1
    GETRANGE k a 1
    GETRANGE k 0 b
    GETRANGE k 0 9223372036854775808
    GETRANGE k 0
    GETRANGE k 0 1 2
    SUBSTR k 0 3
    SUBSTR k -3 -1
    SUBSTR missing 0 1
    SUBSTR k a 0
    SUBSTR k
    SET n 12345
    GETRANGE n 1 2
    SUBSTR n 1 -2
    SET e ""
    GETRANGE e 0 -1
    GETRANGE e 0 0
    == MGET, MSET, MSETNX
    MSET a 1 b 2 c ""
    MGET a b c missing
    MGET missing
    MGET a a a
    MSET a x a y
    GET a
    MSETNX a 1 new 2
    EXISTS new
    MSETNX n1 1 n2 2
    MGET n1 n2
    MSETNX d x d y
    GET d
    MSET
    MSET a
    MSET a 1 b
    MSETNX
    MSETNX a
    MSETNX a 1 b
    MGET
    SET t v EX 100
    MSET t w
    TTL t
    MSET "\x00" "\x00\x01" "" ""
    MGET "\x00" ""
    == LCS
    MSET a ohmytext b mynewtext
    LCS a b
    LCS a b LEN
    LCS a b IDX
    LCS a b IDX MINMATCHLEN 4
    LCS a b IDX WITHMATCHLEN
    LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN
    LCS a b idx withmatchlen minmatchlen 0
    LCS a b IDX MINMATCHLEN -1
    LCS a b IDX MINMATCHLEN 100
    LCS a b MINMATCHLEN 2
    LCS a b WITHMATCHLEN
    LCS a b LEN IDX
    LCS a b IDX LEN
    LCS a b FOO
    LCS a b IDX MINMATCHLEN
    LCS a b IDX MINMATCHLEN abc
    LCS a missing
    LCS a missing LEN
    LCS a missing IDX
    LCS missing missing
    LCS missing missing IDX
    LCS a a
    LCS a a IDX WITHMATCHLEN
    LCS a
    LCS
    MSET x "" y abc
    LCS x y
    LCS x y IDX
    MSET p aaaaabbbbb q bbbbbaaaaa
    LCS p q
    LCS p q IDX WITHMATCHLEN
    MSET u 12345 v 24
    LCS u v
    LCS u v IDX
    MSET bin1 "\x00\xff\x01" bin2 "\xff\x01\x02"
    LCS bin1 bin2
    """#
