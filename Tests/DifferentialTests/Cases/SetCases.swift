/// Sets. redis-server 7.0 keeps small sets of words in a table of hashes, so the order of members is not compared; sets
/// of integers are in order on both sides.
let setCases = #"""
    == SADD, SREM, SCARD
    SADD s a
    SADD s a b c a
    SCARD s
    SADD s
    SADD
    SREM s x
    SREM s a a
    SREM s b c x
    EXISTS s
    SREM s a
    SCARD missing
    SCARD
    SADD s "" "\x00\xff" %repeat(long,100)
    @unordered SMEMBERS s
    SREM s ""
    @unordered SMEMBERS s
    TYPE s
    == Integers and their look-alikes
    SADD i 3 1 2 1
    SMEMBERS i
    OBJECT ENCODING i
    SADD i -5 70000 9223372036854775807 -9223372036854775808 0
    SMEMBERS i
    OBJECT ENCODING i
    SISMEMBER i 70000
    SISMEMBER i 070000
    SISMEMBER i -5
    SISMEMBER i +3
    SISMEMBER i 9223372036854775808
    SREM i 3 70000 03
    SMEMBERS i
    SADD i 01 +1 " 1" 1.0 9223372036854775808 -0
    @unordered SMEMBERS i
    SISMEMBER i 1
    SISMEMBER i 01
    SISMEMBER i -0
    SISMEMBER i 0
    SCARD i
    == SISMEMBER, SMISMEMBER
    SADD s a b 1
    SISMEMBER s a
    SISMEMBER s x
    SISMEMBER missing a
    SISMEMBER s
    SISMEMBER s a b
    SMISMEMBER s a x 1 1
    SMISMEMBER missing a b
    SMISMEMBER s
    == SMEMBERS
    SMEMBERS missing
    SADD s 1 2
    SMEMBERS s
    SMEMBERS
    SMEMBERS s s
    == SMOVE
    SADD s a b 1
    SADD t c
    SMOVE s t a
    SMOVE s t a
    SMOVE s t 1
    @unordered SMEMBERS t
    SADD s c
    SMOVE s t c
    SCARD t
    SMOVE s u b
    EXISTS s
    @type OBJECT ENCODING u
    SMOVE missing t c
    SMOVE t t c
    SMOVE t t x
    SMOVE t missing x
    SET k v
    SMOVE t k c
    SMOVE k t c
    SMOVE missing k c
    SMOVE t k x
    SMOVE s
    == SPOP
    SADD s a
    SPOP s
    EXISTS s
    SPOP s
    SPOP s 1
    SADD s 1 2 3
    SPOP s 3
    EXISTS s
    SADD s 1 2 3
    SPOP s 100
    SADD s a b c
    SPOP s 0
    @shape SPOP s 2
    SCARD s
    SPOP s -1
    SPOP s abc
    SPOP s 1.5
    SPOP s 9223372036854775808
    SPOP s 1 2
    SPOP
    @shape SPOP s 9223372036854775807
    SPOP missing -1
    SPOP missing abc
    == SRANDMEMBER
    SADD s a
    SRANDMEMBER s
    SRANDMEMBER s 1
    SRANDMEMBER s -3
    SRANDMEMBER s 0
    SRANDMEMBER missing
    SRANDMEMBER missing 1
    SRANDMEMBER missing -1
    SADD s b c d 5
    @shape SRANDMEMBER s
    @shape SRANDMEMBER s 4
    @unordered SRANDMEMBER s 5
    @unordered SRANDMEMBER s 6
    @shape SRANDMEMBER s 1
    @shape SRANDMEMBER s -10
    SRANDMEMBER s abc
    SRANDMEMBER s 1.5
    SRANDMEMBER s -9223372036854775808
    SRANDMEMBER missing -9223372036854775808
    @unordered SRANDMEMBER s 9223372036854775807
    SRANDMEMBER s 1 2
    SRANDMEMBER
    SADD i 1 2 3 4 5
    SRANDMEMBER i 5
    SRANDMEMBER i 10
    SCARD i
    == SINTER
    SADD a 1 2 3 x
    SADD b 2 3 4 y
    SADD c 3 x
    SADD i 1 2 3 4 5
    @unordered SINTER a b
    @unordered SINTER a b c
    @unordered SINTER a
    SINTER i
    @unordered SINTER a i
    SINTER a missing
    SINTER missing
    @unordered SINTER a a
    SINTER
    == SUNION
    SADD a 1 2 3 x
    SADD b 2 3 4 y
    SADD i 5 6
    SADD j 6 7
    @unordered SUNION a b
    @unordered SUNION a b i missing j a
    SUNION i j
    SUNION i
    SUNION missing
    SUNION missing other
    SUNION
    == SDIFF
    SADD a 1 2 3 x
    SADD b 2 3 4 y
    SADD i 1 2 3 4 5
    SADD j 2 4
    @unordered SDIFF a b
    SDIFF i j
    SDIFF i j a
    SDIFF i missing
    SDIFF missing i
    SDIFF i i
    SDIFF i j i
    @unordered SDIFF a
    SDIFF
    == Storing results
    SADD a 1 2 3 x
    SADD b 2 3 4 y
    SADD i 1 2 3 4 5
    SADD j 2 4
    SINTERSTORE d a b
    OBJECT ENCODING d
    SMEMBERS d
    SINTERSTORE d i j
    OBJECT ENCODING d
    SUNIONSTORE d a b
    SCARD d
    SUNIONSTORE d i j
    OBJECT ENCODING d
    SDIFFSTORE d i j
    SMEMBERS d
    OBJECT ENCODING d
    SDIFFSTORE d d i
    EXISTS d
    SET d v EX 100
    SUNIONSTORE d i
    TTL d
    TYPE d
    SINTERSTORE d i missing
    EXISTS d
    SINTERSTORE d missing
    SUNIONSTORE d missing
    SDIFFSTORE d missing i
    SUNIONSTORE i i j a
    SCARD i
    SINTERSTORE a a a
    @unordered SMEMBERS a
    SINTERSTORE d
    SUNIONSTORE d
    SDIFFSTORE d
    == Large sets
    SADD s %repeat(a,70) b c
    OBJECT ENCODING s
    SREM s %repeat(a,70)
    OBJECT ENCODING s
    @unordered SMEMBERS s
    SADD t b x %repeat(z,5000)
    @unordered SINTER s t
    @unordered SUNION s t
    @unordered SDIFF t s
    SMOVE s t c
    SISMEMBER t %repeat(z,5000)
    COPY t u
    SREM u x
    SCARD t
    SCARD u
    RENAME u v
    @unordered SMEMBERS v
    SINTERSTORE d s t
    @unordered SMEMBERS d
    == SINTERCARD
    SADD a 1 2 3 x
    SADD b 2 3 4 y
    SINTERCARD 2 a b
    SINTERCARD 1 a
    SINTERCARD 2 a missing
    SINTERCARD 2 a b LIMIT 1
    SINTERCARD 2 a b LIMIT 0
    SINTERCARD 2 a b limit 10
    SINTERCARD 2 a b LIMIT -1
    SINTERCARD 2 a b LIMIT abc
    SINTERCARD 2 a b LIMIT
    SINTERCARD 2 a b LIMIT 1 LIMIT 2
    SINTERCARD 2 a b FOO
    SINTERCARD 0 a
    SINTERCARD -1 a
    SINTERCARD abc a
    SINTERCARD 3 a b
    SINTERCARD 1 a b
    SINTERCARD 1
    SINTERCARD
    == SSCAN
    SADD s a b ab abc 1
    @unordered SSCAN s 0
    @unordered SSCAN s 0 COUNT 100
    @unordered SSCAN s 0 MATCH a* COUNT 100
    @unordered SSCAN s 0 MATCH ""
    @unordered SSCAN s 0 count 100 match ?b*
    SADD i 5 3 1 4
    SSCAN i 0
    SSCAN i 0 COUNT 1
    SSCAN i 0 MATCH 3
    SSCAN i 0 MATCH [1-3]
    SSCAN missing 0
    SSCAN missing 0 FOO
    SSCAN missing abc
    SSCAN i abc
    SSCAN i 0 COUNT 0
    SSCAN i 0 COUNT abc
    SSCAN i 0 COUNT
    SSCAN i 0 FOO
    SSCAN i 0 TYPE set
    SSCAN i
    SSCAN
    == Commands on sets and values of other types
    SET k v
    SADD s a 1
    SADD k a
    SREM k a
    SCARD k
    SISMEMBER k a
    SMISMEMBER k a b
    SMEMBERS k
    SPOP k
    SPOP k 2
    SPOP k x
    SRANDMEMBER k
    SRANDMEMBER k 2
    SRANDMEMBER k x
    SSCAN k 0
    SSCAN k x
    SINTER s k
    SINTER missing k
    SINTER k missing
    SINTERCARD 2 s k
    SINTERCARD 2 s k LIMIT -1
    SINTERSTORE d s k
    SINTERSTORE d missing k
    SUNION s k
    SUNIONSTORE d s k
    SDIFF s k
    SDIFF missing k
    SDIFFSTORE d s k
    SUNIONSTORE k s
    TYPE k
    GET s
    EXISTS d
    """#
