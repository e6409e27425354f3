/// SETBIT, GETBIT, BITCOUNT, BITPOS and BITOP.
let bitmapCases = #"""
    == SETBIT and GETBIT
    GETBIT k 0
    SETBIT k 7 1
    GET k
    SETBIT k 7 1
    SETBIT k 7 0
    GET k
    SETBIT k 0 1
    GETBIT k 0
    GETBIT k 1
    GETBIT k 100
    SETBIT k 100 0
    STRLEN k
    SETBIT k 1000000 1
    STRLEN k
    GETBIT k 1000000
    OBJECT ENCODING k
    SET n 12345
    GETBIT n 3
    SETBIT n 0 1
    GET n
    SET s a
    SETBIT s 6 1
    SETBIT s 7 0
    GET s
    SET t v EX 100
    SETBIT t 1 1
    @about:2 TTL t
    == SETBIT and GETBIT: mistakes
    SETBIT k -1 1
    SETBIT k 4294967296 1
    SETBIT k 9223372036854775807 1
    SETBIT k abc 1
    SETBIT k "" 1
    SETBIT k 0 2
    SETBIT k 0 -1
    SETBIT k 0 abc
    SETBIT k 0 ""
    SETBIT k abc 2
    GETBIT k -1
    GETBIT k 4294967296
    GETBIT k 4294967295
    GETBIT k abc
    GETBIT k "#1"
    SETBIT k
    SETBIT k 0
    SETBIT k 0 1 2
    GETBIT k
    GETBIT k 0 1
    EXISTS k
    == BITCOUNT
    BITCOUNT missing
    BITCOUNT missing 0 -1
    BITCOUNT missing 0 -1 BIT
    SET k foobar
    BITCOUNT k
    BITCOUNT k 0 0
    BITCOUNT k 1 1
    BITCOUNT k 0 -1
    BITCOUNT k -2 -1
    BITCOUNT k 1 1 BYTE
    BITCOUNT k 5 30 BIT
    BITCOUNT k 0 0 BIT
    BITCOUNT k -8 -1 BIT
    BITCOUNT k -1 -8 BIT
    BITCOUNT k 100 200
    BITCOUNT k 100 200 BIT
    BITCOUNT k -100 -90
    BITCOUNT k -100 0
    BITCOUNT k 3 2
    BITCOUNT k -9223372036854775808 9223372036854775807
    BITCOUNT k -9223372036854775808 9223372036854775807 BIT
    BITCOUNT k 7 7 bit
    BITCOUNT k 7 8 Bit
    BITCOUNT k 1 47 BIT
    BITCOUNT k 0 48 BIT
    BITCOUNT k 0 1 FOO
    BITCOUNT k 0 1 BIT BYTE
    BITCOUNT k a 1
    BITCOUNT k 0 b
    BITCOUNT k a b BIT
    BITCOUNT
    SET n 123
    BITCOUNT n
    SET e ""
    BITCOUNT e
    BITCOUNT e 0 -1
    SETBIT big 100000 1
    SETBIT big 5 1
    SETBIT big 64007 1
    BITCOUNT big
    BITCOUNT big 1 -1
    BITCOUNT big 6 100000 BIT
    == BITPOS
    BITPOS missing 0
    BITPOS missing 1
    BITPOS missing 0 5
    BITPOS missing 0 0 -1
    BITPOS missing 1 0 -1 BIT
    SET k "\xff\xf0\x00"
    BITPOS k 0
    BITPOS k 1
    BITPOS k 0 1
    BITPOS k 1 2
    BITPOS k 0 0 0
    BITPOS k 0 0 -1
    BITPOS k 0 2 -1 BYTE
    BITPOS k 1 7 15 BIT
    BITPOS k 0 7 15 BIT
    BITPOS k 1 12 20 BIT
    BITPOS k 0 0 11 BIT
    BITPOS k 0 -12 -1 BIT
    BITPOS k 1 -1
    BITPOS k 0 -1
    BITPOS k 0 100
    BITPOS k 1 100
    BITPOS k 0 5 3
    BITPOS k 1 5 3 BIT
    BITPOS k 1 -100 -90
    SET ones "\xff\xff\xff"
    BITPOS ones 0
    BITPOS ones 0 0
    BITPOS ones 0 0 -1
    BITPOS ones 0 0 23 BIT
    BITPOS ones 0 3
    SET zeros "\x00\x00\x00"
    BITPOS zeros 1
    BITPOS zeros 1 0 -1
    BITPOS zeros 0 1
    BITPOS zeros 1 5 20 BIT
    SET e ""
    BITPOS e 0
    BITPOS e 1
    BITPOS e 0 0 -1
    SET n 12
    BITPOS n 1
    BITPOS k 2
    BITPOS k -1
    BITPOS k abc
    BITPOS k 1 a
    BITPOS k 1 0 b
    BITPOS k 1 0 1 FOO
    BITPOS k 1 0 1 BIT x
    BITPOS k 1 0 BIT
    BITPOS k
    BITPOS
    BITPOS k 1 -9223372036854775808 9223372036854775807
    SETBIT far 80000 1
    BITPOS far 1
    BITPOS far 1 10001
    BITPOS far 1 79999 80001 BIT
    BITPOS far 0 80000 80000 BIT
    == BITOP
    SET a "\xff\x0f\xaa"
    SET b "\x0f\xff"
    SET c "\x01"
    BITOP AND d a b
    GET d
    BITOP OR d a b
    GET d
    BITOP XOR d a b
    GET d
    BITOP NOT d a
    GET d
    BITOP AND d a b c
    GET d
    BITOP OR d a b c
    GET d
    BITOP XOR d a b c
    GET d
    BITOP and d a
    GET d
    BITOP AND d a missing
    GET d
    BITOP OR d a missing
    GET d
    BITOP XOR d missing a
    GET d
    BITOP OR d missing missing2
    EXISTS d
    BITOP NOT d missing
    EXISTS d
    SET d v
    BITOP AND d missing
    EXISTS d
    BITOP XOR a a a
    GET a
    SET e ""
    BITOP OR d e b
    GET d
    BITOP OR d e e
    EXISTS d
    SET n 123
    BITOP OR d n n
    GET d
    OBJECT ENCODING d
    SET d v EX 100
    BITOP OR d b c
    TTL d
    BITOP NOT b b
    GET b
    == BITOP: mistakes
    BITOP NOT d a b
    BITOP FOO d a
    BITOP "" d a
    BITOP AND d
    BITOP AND
    BITOP
    BITOP NOT d
    == BITOP on long strings
    SET a %repeat(0123456789,1000)
    SET b %repeat(zyxwvutsrqponm,700)
    SET c %repeat(Q,4097)
    SET d %repeat(Zz,33)
    BITOP AND r a b
    GET r
    BITOP OR r a b c d
    GET r
    BITOP XOR r a b c d
    GET r
    BITOP AND r a b c d
    GET r
    BITOP NOT r c
    BITCOUNT r
    """#
