/// Sorted sets. Scores are compared as numbers where they have a fraction: redis-server 7.0 writes 17 digits, 7.2 as few as
/// read back.
let sortedSetCases = #"""
    == ZADD: members and scores
    ZADD z 1 a
    ZADD z 1 a
    ZADD z 2 a 3 b 3 c -1 d
    ZRANGE z 0 -1 WITHSCORES
    ZADD z 1 a 2 a 5 a
    ZSCORE z a
    ZADD z inf p +inf q -inf r Infinity s -INFINITY t
    ZADD z 0x10 hex 1e3 exp 5. dot -0 zero
    ZRANGE z 0 -1 WITHSCORES
    @numbers ZADD f 0.1 a 1e-5 b 1.0000000000000002 c 1e17 d 1e20 e 5e-324 f -2.5 g 123456.789 h 3.14159265358979 i
    @numbers ZRANGE f 0 -1 WITHSCORES
    @numbers ZMSCORE f a b c d e f g h i j
    ZADD z 4 "" 4 "bin\x00\xff" 4 12 4 -7 4 007
    ZRANGE z 0 -1 WITHSCORES
    ZCARD z
    ZCARD none
    TYPE z
    OBJECT ENCODING z
    DEBUG DIGEST-VALUE z f
    == ZADD: what is no score
    ZADD z x a
    ZADD z nan a
    ZADD z "" a
    ZADD z " 1" a
    ZADD z "1 " a
    ZADD z 1e400 a
    ZADD z -1e400 a
    ZADD z 1e-400 a
    ZADD z 1 a x b
    ZADD z 1,5 a
    EXISTS z
    == ZADD: options
    ZADD z NX 1 a
    ZADD z NX 2 a 2 b
    ZADD z XX 3 a 3 c
    ZADD z XX CH 4 a 3 c
    ZADD z CH 4 a 5 b 6 d
    ZADD z GT CH 3 a 7 b 1 e
    ZADD z LT CH 3 a 8 b 1 f
    ZADD z XX GT CH 9 a 9 g
    ZADD z nx ch 1 a 1 h
    ZRANGE z 0 -1 WITHSCORES
    ZADD z NX XX 1 a
    ZADD z GT LT 1 a
    ZADD z NX GT 1 a
    ZADD z NX LT 1 a
    ZADD z XX NX GT 1 a
    ZADD z INCR 1 a
    ZADD z INCR NX 1 a
    ZADD z INCR XX 1 nope
    ZADD z INCR GT -1 a
    ZADD z INCR LT -1 a
    ZADD z INCR CH 5 new
    ZADD z INCR 1 a 2 b
    ZADD none XX INCR 1 a
    ZADD none XX 1 a
    EXISTS none
    ZADD z CH
    ZADD z CH NX
    ZADD z CH 1
    ZADD z NX 1
    ZADD z 1 a 2
    ZADD z FOO 1 a
    ZADD z
    ZADD z 1
    == ZINCRBY
    ZINCRBY z 1 a
    ZINCRBY z -3 a
    @numbers ZINCRBY z 0.1 a
    @numbers ZINCRBY z 0.2 a
    ZINCRBY z inf a
    ZINCRBY z inf a
    ZINCRBY z -inf a
    ZSCORE z a
    ZINCRBY z -inf b
    ZINCRBY z x a
    ZINCRBY z nan a
    ZINCRBY z 1
    ZINCRBY z 1 a b
    ZINCRBY z 1e308 big
    ZINCRBY z 1e308 big
    == ZREM
    ZADD z 1 a 2 b 3 c
    ZREM z a
    ZREM z a b x
    ZREM none a
    ZREM z c c
    EXISTS z
    ZREM z
    == ZSCORE and ZMSCORE
    ZADD z 1 a 2 b
    ZSCORE z a
    ZSCORE z x
    ZSCORE none a
    ZSCORE z
    ZMSCORE z a x b a
    ZMSCORE none a b
    ZMSCORE z
    == ZRANK and ZREVRANK
    ZADD z 1 a 2 b 2 c 3 d
    ZRANK z a
    ZRANK z c
    ZRANK z d
    ZREVRANK z a
    ZREVRANK z c
    ZRANK z x
    ZRANK none a
    ZREVRANK none a
    ZRANK z
    == ranges of ranks
    ZADD z 1 a 2 b 3 c 4 d 5 e
    ZRANGE z 0 -1
    ZRANGE z 1 3
    ZRANGE z -3 -2
    ZRANGE z 3 1
    ZRANGE z 5 9
    ZRANGE z 4 99
    ZRANGE z -99 0
    ZRANGE z -99 -98
    ZRANGE z 0 -1 WITHSCORES
    ZRANGE z 0 1 REV
    ZRANGE z 0 1 REV WITHSCORES
    ZRANGE z 0 1 withscores rev
    ZREVRANGE z 0 1
    ZREVRANGE z -2 -1 WITHSCORES
    ZRANGE z -9223372036854775808 9223372036854775807
    ZRANGE z 0 9223372036854775808
    ZRANGE z x 1
    ZRANGE z 0 1.5
    ZRANGE none 0 -1
    ZRANGE none 0 -1 WITHSCORES
    ZRANGE none x y
    ZRANGE z 0 1 LIMIT 0 1
    ZRANGE z 0 1 LIMIT 0 -1
    ZRANGE z 0 1 REV REV
    ZRANGE z 0 1 FOO
    ZREVRANGE z 0 1 REV
    ZREVRANGE z 0 1 BYSCORE
    ZREVRANGE z 0 1 LIMIT 0 1
    ZRANGE z 0
    ZREVRANGE z 0
    == ranges of scores
    ZADD z 1 a 2 b 2 c 3 d 5 e -inf f inf g
    ZRANGEBYSCORE z -inf +inf
    ZRANGEBYSCORE z 2 3
    ZRANGEBYSCORE z (2 3
    ZRANGEBYSCORE z 2 (3
    ZRANGEBYSCORE z (2 (3
    ZRANGEBYSCORE z (-inf (inf
    ZRANGEBYSCORE z 3 2
    ZRANGEBYSCORE z (2 2
    ZRANGEBYSCORE z 2 (2
    ZRANGEBYSCORE z inf -inf
    ZRANGEBYSCORE z -inf +inf WITHSCORES
    ZRANGEBYSCORE z -inf +inf LIMIT 1 2
    ZRANGEBYSCORE z -inf +inf LIMIT 1 -1
    ZRANGEBYSCORE z -inf +inf LIMIT 1 0
    ZRANGEBYSCORE z -inf +inf LIMIT 99 5
    ZRANGEBYSCORE z -inf +inf LIMIT -1 5
    ZRANGEBYSCORE z -inf +inf LIMIT 2 9223372036854775807
    ZRANGEBYSCORE z -inf +inf LIMIT 9223372036854775807 9223372036854775807
    ZRANGEBYSCORE z -inf +inf LIMIT 1
    ZRANGEBYSCORE z -inf +inf LIMIT a b
    ZRANGEBYSCORE z -inf +inf LIMIT 1 2 LIMIT 0 1 WITHSCORES
    ZREVRANGEBYSCORE z +inf -inf LIMIT 1 3 WITHSCORES
    ZREVRANGEBYSCORE z (5 (1
    ZREVRANGEBYSCORE z 1 5
    ZRANGE z 1 3 BYSCORE
    ZRANGE z (1 3 BYSCORE WITHSCORES LIMIT 0 1
    ZRANGE z 3 1 BYSCORE REV
    ZRANGE z 3 (1 BYSCORE REV LIMIT 1 1
    ZRANGE z 1 3 BYSCORE BYLEX
    ZRANGE z 1 3 BYSCORE BYSCORE
    ZRANGEBYSCORE z 1 3 REV
    ZRANGEBYSCORE z "" 3
    ZRANGEBYSCORE z ( 3
    ZRANGEBYSCORE z " 2" 1e400
    ZRANGEBYSCORE z "2 " 3
    ZRANGEBYSCORE z x 3
    ZRANGEBYSCORE z 1 nan
    ZRANGEBYSCORE z (nan 1
    ZRANGEBYSCORE z ((1 1
    ZRANGEBYSCORE z [1 1
    ZRANGEBYSCORE none 1 x
    ZRANGEBYSCORE none 1 2
    ZRANGEBYSCORE z 0x2 3
    ZCOUNT z 2 3
    ZCOUNT z (2 +inf
    ZCOUNT z -inf (-inf
    ZCOUNT none 0 1
    ZCOUNT z a b
    ZCOUNT z 1
    == ranges of bytes
    ZADD z 0 a 0 b 0 c 0 d 0 aa 0 12 0 "" 0 "\xff"
    ZRANGEBYLEX z - +
    ZRANGEBYLEX z [a [c
    ZRANGEBYLEX z (a (c
    ZRANGEBYLEX z [aaa +
    ZRANGEBYLEX z - (12
    ZRANGEBYLEX z + -
    ZRANGEBYLEX z [c [a
    ZRANGEBYLEX z [ [
    ZRANGEBYLEX z ( [b
    ZRANGEBYLEX z - + LIMIT 2 3
    ZRANGEBYLEX z - + LIMIT 2 -1
    ZRANGEBYLEX z - + WITHSCORES
    ZREVRANGEBYLEX z + -
    ZREVRANGEBYLEX z [c (a LIMIT 0 2
    ZREVRANGEBYLEX z - +
    ZRANGE z - + BYLEX
    ZRANGE z + [b BYLEX REV
    ZRANGE z + - BYLEX WITHSCORES
    ZRANGEBYLEX z a +
    ZRANGEBYLEX z -x +
    ZRANGEBYLEX z - ++
    ZRANGEBYLEX z "" +
    ZRANGEBYLEX none a b
    ZRANGEBYLEX none - +
    ZLEXCOUNT z - +
    ZLEXCOUNT z [b (d
    ZLEXCOUNT z + -
    ZLEXCOUNT none - +
    ZLEXCOUNT z a b
    == ZRANGESTORE
    ZADD z 1 a 2 b 3 c 4 d
    SET dst x EX 100
    ZRANGESTORE dst z 1 2
    ZRANGE dst 0 -1 WITHSCORES
    TTL dst
    OBJECT ENCODING dst
    ZRANGESTORE dst z (1 +inf BYSCORE LIMIT 1 1
    ZRANGE dst 0 -1 WITHSCORES
    ZRANGESTORE dst z +inf 2 BYSCORE REV LIMIT 0 2
    ZRANGE dst 0 -1 WITHSCORES
    ZRANGESTORE dst z - + BYLEX
    ZRANGESTORE dst z 0 0 REV
    ZRANGE dst 0 -1
    ZRANGESTORE z z 1 1
    ZRANGE z 0 -1
    ZRANGESTORE dst none 0 -1
    EXISTS dst
    ZRANGESTORE dst z 5 9
    ZRANGESTORE dst z 0 -1 WITHSCORES
    ZRANGESTORE dst z a b
    ZRANGESTORE dst z 0 1 LIMIT 0 1
    ZRANGESTORE dst z 0
    SET t x
    ZRANGESTORE dst t 0 -1
    ZRANGESTORE t z 0 -1
    TYPE t
    == removing ranges
    ZADD z 1 a 2 b 3 c 4 d 5 e 6 f 7 g
    ZREMRANGEBYRANK z 0 1
    ZREMRANGEBYRANK z -1 -1
    ZREMRANGEBYRANK z 9 10
    ZREMRANGEBYRANK z 3 1
    ZREMRANGEBYRANK z a b
    ZRANGE z 0 -1
    ZREMRANGEBYSCORE z (3 4
    ZREMRANGEBYSCORE z 9 10
    ZREMRANGEBYSCORE z a 10
    ZRANGE z 0 -1
    ZREMRANGEBYSCORE z -inf +inf
    EXISTS z
    ZADD z 0 a 0 b 0 c 0 d
    ZREMRANGEBYLEX z [b (d
    ZREMRANGEBYLEX z b d
    ZREMRANGEBYLEX z - (a
    ZREMRANGEBYLEX z - +
    EXISTS z
    ZREMRANGEBYRANK z 0 -1
    ZREMRANGEBYLEX none - +
    ZREMRANGEBYSCORE none 0 x
    ZREMRANGEBYRANK z 0
    == ZPOPMIN and ZPOPMAX
    ZADD z 1 a 2 b 3 c 4 d 5 e 6 f
    ZPOPMIN z
    ZPOPMAX z
    ZPOPMIN z 2
    ZPOPMAX z 1
    ZPOPMIN z 0
    ZPOPMAX z 99
    EXISTS z
    ZPOPMIN z
    ZPOPMIN z 1
    ZPOPMIN z -1
    ZPOPMIN z x
    ZPOPMIN z 1 2
    ZPOPMIN
    SET t x
    ZPOPMIN t
    ZPOPMIN t 0
    ZPOPMAX t -1
    == ZMPOP
    ZADD z 1 a 2 b 3 c 4 d
    ZMPOP 1 z MIN
    ZMPOP 2 none z MAX
    ZMPOP 2 none z min count 99
    ZMPOP 1 z MIN
    ZMPOP 0 z MIN
    ZMPOP -1 z MIN
    ZMPOP x z MIN
    ZMPOP 2 z MIN
    ZMPOP 1 z
    ZMPOP 1 z FOO
    ZMPOP 1 z MIN COUNT 0
    ZMPOP 1 z MIN COUNT x
    ZMPOP 1 z MIN COUNT
    ZMPOP 1 z MIN COUNT 1 COUNT 1
    ZMPOP 1 z MIN FOO
    SET t x
    ZMPOP 2 none t MIN
    == BZPOPMIN and BZPOPMAX
    ZADD z 1 a 2 b 3 c
    BZPOPMIN z 0
    BZPOPMAX none z 0
    BZMPOP 0 2 none z MIN COUNT 5
    BZPOPMIN z 0.01
    BZPOPMAX z 0.01
    BZMPOP 0.01 1 z MAX
    BZPOPMIN z -1
    BZPOPMIN z x
    BZPOPMIN z
    BZMPOP x 1 z MIN
    BZMPOP -1 1 z MIN
    BZMPOP 0 0 z MIN
    BZMPOP 0 1 z FOO
    BZMPOP 0 1 z MIN COUNT 0
    SET t x
    BZPOPMIN t 0
    BZPOPMIN none t 0
    MULTI
    BZPOPMIN z 0
    BZMPOP 0 1 z MIN
    EXEC
    == waiting clients are served
    @noreply BZPOPMIN a b 0
    2: ZADD b 2 y 1 x
    @read
    2: ZRANGE b 0 -1
    == union
    ZADD a 1 x 2 y 3 z
    ZADD b 10 y 20 z 30 w
    SADD s x w q
    SADD i 1 2 3
    ZUNION 1 a
    ZUNION 2 a b WITHSCORES
    ZUNION 3 a b none WITHSCORES
    ZUNION 2 a s WITHSCORES
    ZUNION 2 i s WITHSCORES
    ZUNION 2 a b WEIGHTS 2 0.5 WITHSCORES
    ZUNION 2 a b AGGREGATE MIN WITHSCORES
    ZUNION 2 a b aggregate max weights -1 1 withscores
    ZUNION 2 a b WEIGHTS inf -inf WITHSCORES
    ZUNION 2 a a WITHSCORES
    ZUNION 2 none none2
    ZUNION 0 a
    ZUNION -1 a
    ZUNION x a
    ZUNION 3 a b
    ZUNION 2 a b WEIGHTS 1
    ZUNION 2 a b WEIGHTS 1 x
    ZUNION 2 a b WEIGHTS 1 nan
    ZUNION 2 a b WEIGHTS 1 2 3
    ZUNION 2 a b AGGREGATE
    ZUNION 2 a b AGGREGATE FOO
    ZUNION 2 a b FOO
    SET t x
    ZUNION 2 a t
    ZUNION 2 none t
    ZUNIONSTORE d 2 a b
    ZRANGE d 0 -1 WITHSCORES
    ZUNIONSTORE d 2 a s WEIGHTS 1 100 AGGREGATE MAX
    ZRANGE d 0 -1 WITHSCORES
    ZUNIONSTORE a 2 a a
    ZRANGE a 0 -1 WITHSCORES
    ZUNIONSTORE d 1 none
    EXISTS d
    ZUNIONSTORE t 1 b
    TYPE t
    ZUNIONSTORE d 1 a WITHSCORES
    ZUNIONSTORE d 0 a
    == intersection
    ZADD a 1 x 2 y 3 z
    ZADD b 10 y 20 z 30 w
    SADD s y w q
    ZINTER 1 a WITHSCORES
    ZINTER 2 a b WITHSCORES
    ZINTER 3 a b s WITHSCORES
    ZINTER 2 a none
    ZINTER 2 s a WITHSCORES
    ZINTER 2 a b WEIGHTS 2 0.5 WITHSCORES
    ZINTER 2 a b AGGREGATE MIN WITHSCORES
    ZINTER 2 a b AGGREGATE MAX
    ZINTER 2 a a WITHSCORES
    ZINTER 2 a b LIMIT 1
    ZINTERSTORE d 2 a b
    ZRANGE d 0 -1 WITHSCORES
    ZINTERSTORE d 2 a none
    EXISTS d
    ZINTERCARD 2 a b
    ZINTERCARD 2 a b LIMIT 1
    ZINTERCARD 2 a b LIMIT 0
    ZINTERCARD 2 a b LIMIT -1
    ZINTERCARD 2 a b LIMIT x
    ZINTERCARD 2 a b LIMIT
    ZINTERCARD 2 a b WEIGHTS 1 1
    ZINTERCARD 2 a none
    ZINTERCARD 0 a
    ZINTERCARD 1 a WITHSCORES
    == infinities that cancel out
    ZADD a inf x 0 y
    ZADD b -inf x 1 y
    ZUNION 2 a b WITHSCORES
    ZINTER 2 a b WITHSCORES
    ZUNIONSTORE d 1 a WEIGHTS inf
    ZRANGE d 0 -1 WITHSCORES
    ZUNION 1 a WEIGHTS 0 WITHSCORES
    == difference
    ZADD a 1 x 2 y 3 z
    ZADD b 10 y
    SADD s z
    ZDIFF 1 a WITHSCORES
    ZDIFF 2 a b WITHSCORES
    ZDIFF 3 a b s
    ZDIFF 2 s a
    ZDIFF 2 a a
    ZDIFF 2 none a
    ZDIFF 2 a none
    ZDIFF 2 a b WEIGHTS 1 2
    ZDIFF 2 a b AGGREGATE MAX
    ZDIFFSTORE d 2 a b
    ZRANGE d 0 -1 WITHSCORES
    ZDIFFSTORE d 2 a a
    EXISTS d
    ZDIFFSTORE d 1 a WITHSCORES
    ZDIFF 0 a
    == ZRANDMEMBER
    ZADD z 1 a
    ZRANDMEMBER z
    ZRANDMEMBER z 3
    ZRANDMEMBER z -3
    ZRANDMEMBER z 3 WITHSCORES
    ZRANDMEMBER z -2 WITHSCORES
    ZRANDMEMBER z 0
    ZRANDMEMBER none
    ZRANDMEMBER none 3
    ZRANDMEMBER none -3 WITHSCORES
    ZRANDMEMBER z x
    ZRANDMEMBER z 1 FOO
    ZRANDMEMBER z 1 WITHSCORES FOO
    ZRANDMEMBER z -9223372036854775808
    ZRANDMEMBER z -9223372036854775807 WITHSCORES
    ZADD z 2 b 3 c 4 d
    @shape ZRANDMEMBER z 3
    @shape ZRANDMEMBER z -9 WITHSCORES
    @unordered ZRANDMEMBER z 9 WITHSCORES
    == ZSCAN
    ZADD z 1 a 2 b 3 ab
    ZSCAN z 0
    ZSCAN z 0 MATCH a*
    ZSCAN z 0 COUNT 1
    ZSCAN z 0 COUNT 0
    ZSCAN z 0 COUNT x
    ZSCAN z 0 TYPE zset
    ZSCAN z x
    ZSCAN none 0
    ZSCAN none x
    ZSCAN none 0 FOO
    ZSCAN z
    == many members
    ZADD z 1 m1 2 m2 3 m3 1e15 long
    CONFIG SET zset-max-listpack-entries 3
    OBJECT ENCODING z
    ZADD z 1 m1
    OBJECT ENCODING z
    ZADD z 5 m5
    OBJECT ENCODING z
    ZADD z -0 zero 0 aaa
    ZRANGE z 0 -1 WITHSCORES
    ZREM z m1 m2 m3
    OBJECT ENCODING z
    ZRANGEBYSCORE z -1 9 WITHSCORES
    ZREVRANGE z 0 -1 WITHSCORES
    ZRANK z m5
    ZCOUNT z 0 0
    DEBUG DIGEST-VALUE z
    ZUNIONSTORE d 1 z
    OBJECT ENCODING d
    ZRANGESTORE d z 0 1
    OBJECT ENCODING d
    ZRANGESTORE d z 0 -1
    OBJECT ENCODING d
    ZRANGE d 0 -1 WITHSCORES
    ZADD z 1 a 1 b 1 c 1 d 1 e 1 f
    ZUNIONSTORE d 1 z
    OBJECT ENCODING d
    ZINTERSTORE d 2 z z WEIGHTS 1 0
    OBJECT ENCODING d
    ZPOPMIN z 3
    ZPOPMAX z 3
    CONFIG SET zset-max-listpack-entries 128
    OBJECT ENCODING z
    COPY z y
    ZREM z a b c d e f
    ZRANGE y 0 -1 WITHSCORES
    OBJECT ENCODING y
    DEL z y
    == long members
    ZADD z 1 %repeat(x,64)
    OBJECT ENCODING z
    ZADD z 2 %repeat(y,65)
    OBJECT ENCODING z
    ZADD z 3 %repeat(z,5000) 3 %repeat(z,5001) 4 %repeat(w,100000)
    ZRANGE z 0 -1 WITHSCORES
    ZRANK z %repeat(z,5001)
    ZREM z %repeat(z,5000)
    ZSCORE z %repeat(w,100000)
    ZPOPMAX z
    DEBUG DIGEST-VALUE z
    == wrong types
    SET t x
    ZADD t 1 a
    ZADD t INCR 1 a
    ZADD t x a
    ZINCRBY t 1 a
    ZREM t a
    ZCARD t
    ZSCORE t a
    ZMSCORE t a
    ZRANK t a
    ZREVRANK t a
    ZRANGE t 0 1
    ZRANGE t x 1
    ZREVRANGE t 0 1
    ZRANGEBYSCORE t 0 1
    ZREVRANGEBYSCORE t 0 1
    ZRANGEBYLEX t - +
    ZREVRANGEBYLEX t + -
    ZCOUNT t 0 1
    ZLEXCOUNT t - +
    ZREMRANGEBYRANK t 0 1
    ZREMRANGEBYSCORE t 0 1
    ZREMRANGEBYLEX t - +
    ZRANDMEMBER t
    ZRANDMEMBER t 1
    ZSCAN t 0
    ZUNION 1 t
    ZINTERSTORE d 1 t
    ZADD z 1 a
    GET z
    APPEND z x
    SADD z x
    STRLEN z
    """#
