/// PFADD, PFCOUNT, PFMERGE, PFDEBUG and PFSELFTEST: replies, and values to the byte.
let hyperLogLogCases = #"""
    == HyperLogLog: adding and counting | needs PFADD
    PFADD k
    GET k
    PFADD k
    PFADD k a
    GET k
    PFCOUNT k
    GET k
    PFADD k a
    PFADD k a b c a "" "\x00\xff"
    GET k
    PFCOUNT k
    PFCOUNT k
    GET k
    OBJECT ENCODING k
    TYPE k
    STRLEN k
    PFDEBUG ENCODING k
    PFDEBUG DECODE k
    PFCOUNT none
    PFCOUNT k none
    PFCOUNT none none2
    PFADD other c d e
    PFCOUNT k other
    PFCOUNT other k none k
    PFADD
    PFCOUNT
    == HyperLogLog: many elements | needs PFADD
    PFADD k w0 w1 w2 w3 w4 w5 w6 w7 w8 w9 w10 w11 w12 w13 w14 w15 w16 w17 w18 w19 w20 w21 w22 w23 w24 w25 w26
    GET k
    PFCOUNT k
    PFDEBUG DECODE k
    PFDEBUG TODENSE k
    GET k
    PFDEBUG TODENSE k
    PFCOUNT k
    PFADD k w0 w1 w2 w3 w4 w5 w6 w7 w8 w9 w10 w11 w12 w13 w14 w15 w16 w17 w18 w19 w20 w21 w22 w23 w24 w25 w26 more
    GET k
    PFDEBUG GETREG k
    == HyperLogLog: becoming dense | needs PFADD
    CONFIG SET hll-sparse-max-bytes 40
    PFADD k a b c d
    PFDEBUG ENCODING k
    GET k
    PFADD k e f g h i j k l
    PFDEBUG ENCODING k
    GET k
    PFCOUNT k
    GET k
    STRLEN k
    OBJECT ENCODING k
    CONFIG SET hll-sparse-max-bytes 0
    PFADD z a
    PFDEBUG ENCODING z
    CONFIG SET hll-sparse-max-bytes 3000
    == HyperLogLog: merging | needs PFADD
    PFADD a 1 2 3
    PFADD b 3 4 5 6
    PFMERGE c a b
    GET c
    PFCOUNT c
    PFMERGE a b
    GET a
    PFMERGE a
    GET a
    PFMERGE new
    GET new
    PFMERGE new2 none
    GET new2
    PFDEBUG TODENSE b
    PFMERGE c b
    GET c
    PFMERGE d a b
    GET d
    PFCOUNT d
    EXPIRE a 100
    PFMERGE a none b
    TTL a
    PFMERGE
    == HyperLogLog: other values | needs PFADD
    SET text hello
    SET number 12
    PFADD text a
    PFADD number a
    PFCOUNT text
    PFCOUNT number
    PFMERGE x text
    PFMERGE text
    PFDEBUG ENCODING text
    EXISTS x
    == HyperLogLog: values of other types | needs PFADD LPUSH
    SET text hello
    LPUSH list a
    PFADD list a
    PFCOUNT list
    PFCOUNT list text
    PFMERGE x list
    PFMERGE list
    PFDEBUG ENCODING list
    == HyperLogLog: damaged values | needs PFADD
    PFADD k a b c
    SETRANGE k 16 "\x7f"
    PFCOUNT k
    PFCOUNT k k
    PFMERGE x k
    PFADD k d
    GET k
    PFDEBUG TODENSE k
    PFDEBUG GETREG k
    SET k "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80"
    PFCOUNT k
    PFADD k a
    SET k "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xff\x80"
    PFCOUNT k
    PFMERGE x k
    PFADD k a
    GET k
    SET k "HYLL\x01\x01\x02\x03\x09\x00\x00\x00\x00\x00\x00\x00\x7f\xff"
    OBJECT ENCODING k
    PFCOUNT k
    OBJECT ENCODING k
    PFDEBUG TODENSE k
    GET k
    SETRANGE k 4 "\x02"
    PFCOUNT k
    SETRANGE k 4 "\x00"
    PFCOUNT k
    APPEND k x
    PFCOUNT k
    == PFDEBUG and PFSELFTEST | needs PFDEBUG
    PFADD k a
    PFDEBUG what k
    PFDEBUG what none
    PFDEBUG encoding none
    PFDEBUG encoding
    PFDEBUG encoding k x
    PFDEBUG todense k
    PFDEBUG decode k
    PFSELFTEST
    PFSELFTEST x
    """#
