/// Lists: commands at the ends, on places, on ranges, those that search, move and wait. How a list is kept differs, since
/// redis-server 7.0 calls every list a quicklist.
let listCases = #"""
    == Pushing and popping
    LPUSH l a b c
    RPUSH l 1 2 3
    LRANGE l 0 -1
    LLEN l
    LPOP l
    RPOP l
    LPOP l 2
    RPOP l 2
    LPOP l
    LPOP l
    EXISTS l
    RPOP l
    LPOP l 3
    RPOP l 0
    TYPE l
    == Pushing onto a list only
    LPUSHX l a
    RPUSHX l a
    EXISTS l
    RPUSH l x
    LPUSHX l a b
    RPUSHX l 1 2
    LRANGE l 0 -1
    == Popping several
    RPUSH l a b c d e f
    LPOP l 0
    RPOP l 0
    LPOP l 2
    RPOP l 2
    LPOP l 100
    EXISTS l
    RPUSH l a
    LPOP l -1
    LPOP l x
    LPOP l 1.5
    LPOP l ""
    LPOP l 9223372036854775807
    LPOP l 9223372036854775808
    LPOP missing -1
    LPOP missing 0
    LPOP l 1 2
    RPOP l 1 2
    == Arity
    LPUSH
    LPUSH l
    RPUSH l
    LPUSHX l
    LPOP
    LLEN
    LLEN a b
    LINDEX l
    LSET l 0
    LINSERT l BEFORE a
    LREM l 0
    LRANGE l 0
    LTRIM l 0
    LPOS l
    LMOVE a b LEFT
    RPOPLPUSH a
    LMPOP 1 l
    BLPOP l
    BLMOVE a b LEFT RIGHT
    BLMPOP 0 1 l
    == Elements of every kind
    RPUSH l "" 0 -0 00 1 +1 -1 12345678901234567890 9223372036854775807 9223372036854775808 -9223372036854775808
    RPUSH l 127 128 -4096 -4097 4095 4096 32767 32768 -32768 -32769 8388607 8388608 2147483647 2147483648 " 1" 1.0
    RPUSH l "bin\x00\xff\r\n" %repeat(a,63) %repeat(b,64) %repeat(c,4095) %repeat(d,4096) %repeat(e,70000)
    LRANGE l 0 -1
    LRANGE l 5 8
    LPOS l 127
    LPOS l %repeat(d,4096)
    LPOS l ""
    LREM l 0 %repeat(c,4095)
    LINDEX l -2
    RPOP l 3
    LPOP l 12
    LRANGE l 0 -1
    == Places
    RPUSH l a b c d e
    LINDEX l 0
    LINDEX l 4
    LINDEX l 5
    LINDEX l -1
    LINDEX l -5
    LINDEX l -6
    LINDEX l x
    LINDEX l 9223372036854775807
    LINDEX l -9223372036854775808
    LINDEX missing 0
    LINDEX missing x
    LSET l 0 A
    LSET l -1 E
    LSET l 5 x
    LSET l -6 x
    LSET l x y
    LSET missing 0 y
    LSET missing x y
    LSET l 2 12345
    LSET l 1 ""
    LRANGE l 0 -1
    == Inserting
    RPUSH l a b a
    LINSERT l BEFORE a x
    LINSERT l after a y
    LINSERT l AFTER b 5
    LINSERT l before 5 4
    LINSERT l BEFORE none z
    LINSERT missing BEFORE a z
    LINSERT l BESIDE a z
    LINSERT missing BESIDE a z
    LINSERT l AFTER a ""
    LINSERT l BEFORE "" %repeat(long,300)
    LRANGE l 0 -1
    == Ranges
    RPUSH l a b c d e
    LRANGE l 0 0
    LRANGE l 1 3
    LRANGE l -3 -1
    LRANGE l -100 100
    LRANGE l 3 1
    LRANGE l 5 9
    LRANGE l -9 -6
    LRANGE l x 1
    LRANGE l 0 x
    LRANGE l 0 9223372036854775808
    LRANGE l -9223372036854775808 9223372036854775807
    LRANGE missing 0 -1
    LRANGE missing x 1
    == Trimming
    RPUSH l a b c d e f g
    LTRIM l 1 -2
    LRANGE l 0 -1
    LTRIM l -100 100
    LRANGE l 0 -1
    LTRIM l 0 2
    LRANGE l 0 -1
    LTRIM l x 1
    LTRIM l 0 x
    LTRIM missing 0 1
    LTRIM missing x 1
    LTRIM l 2 1
    EXISTS l
    RPUSH l a b
    LTRIM l 5 9
    EXISTS l
    == Trimming touches what is watched even if nothing goes
    RPUSH l a b c
    WATCH l
    2: LTRIM l 0 -1
    MULTI
    PING
    EXEC
    == Positions
    RPUSH l a b c 1 2 3 c c
    LPOS l a
    LPOS l c
    LPOS l x
    LPOS l 2
    LPOS l c RANK 1
    LPOS l c RANK 2
    LPOS l c RANK 4
    LPOS l c RANK -1
    LPOS l c RANK -3
    LPOS l c RANK 0
    LPOS l c RANK x
    LPOS l c RANK
    LPOS l c COUNT 0
    LPOS l c COUNT 1
    LPOS l c COUNT 2
    LPOS l c COUNT 9
    LPOS l c COUNT -1
    LPOS l c COUNT x
    LPOS l x COUNT 2
    LPOS l c COUNT 2 RANK 2
    LPOS l c COUNT 2 RANK -1
    LPOS l c rank -2 count 0
    LPOS l c MAXLEN 2
    LPOS l c MAXLEN 3
    LPOS l c MAXLEN 0
    LPOS l c MAXLEN -1
    LPOS l c MAXLEN 7 COUNT 0
    LPOS l c MAXLEN 7 COUNT 0 RANK -1
    LPOS l c COUNT 0 COUNT 1
    LPOS l c FOO 1
    LPOS missing c
    LPOS missing c COUNT 0
    LPOS missing c RANK 0
    == Removing
    RPUSH l a b a c a d a
    LREM l 1 a
    LRANGE l 0 -1
    LREM l -1 a
    LRANGE l 0 -1
    LREM l 0 x
    LREM l x a
    LREM missing 0 a
    LREM missing x a
    LREM l -9 a
    LREM l 0 b
    LREM l 1 c
    LREM l -1 d
    EXISTS l
    == Moving
    RPUSH l a b c d
    LMOVE l m LEFT LEFT
    LMOVE l m LEFT RIGHT
    LMOVE l m RIGHT LEFT
    LRANGE m 0 -1
    LMOVE l m right right
    EXISTS l
    LRANGE m 0 -1
    LMOVE m m LEFT RIGHT
    LMOVE m m RIGHT RIGHT
    LMOVE m m LEFT LEFT
    RPOPLPUSH m m
    LRANGE m 0 -1
    LMOVE missing m LEFT LEFT
    RPOPLPUSH missing m
    LMOVE m m UP LEFT
    LMOVE m m LEFT UP
    LMOVE missing m UP LEFT
    RPUSH one 1
    LMOVE one one LEFT RIGHT
    RPOPLPUSH one m
    EXISTS one
    LRANGE m 0 -1
    == Popping from the first list
    RPUSH b 1 2 3 4
    LMPOP 2 a b LEFT
    LMPOP 2 a b RIGHT COUNT 2
    LMPOP 2 a b right count 10
    LMPOP 2 a b LEFT
    LMPOP 0 a LEFT
    LMPOP -1 a LEFT
    LMPOP x a LEFT
    LMPOP 2 a LEFT
    LMPOP 3 a b LEFT
    LMPOP 1 a UP
    LMPOP 1 a LEFT COUNT 0
    LMPOP 1 a LEFT COUNT -1
    LMPOP 1 a LEFT COUNT x
    LMPOP 1 a LEFT COUNT
    LMPOP 1 a LEFT COUNT 1 COUNT 1
    LMPOP 1 a LEFT FOO 1
    LMPOP 9223372036854775807 a LEFT
    == Waiting commands that find something
    RPUSH l a b c d e f
    BLPOP missing l 0
    BRPOP l missing 0
    BLMOVE l m LEFT RIGHT 0
    BRPOPLPUSH l m 0
    BLMPOP 0 2 missing l LEFT COUNT 9
    LRANGE m 0 -1
    EXISTS l
    == Waiting commands that find nothing
    BLPOP l 0.01
    BRPOP l m 0.01
    BLMOVE l m LEFT RIGHT 0.01
    BRPOPLPUSH l m 0.01
    BLMPOP 0.01 1 l LEFT
    == Timeouts
    BLPOP l x
    BLPOP l -1
    BLPOP l ""
    @prefix BLPOP l inf
    @prefix BLPOP l 1e30
    BRPOP l -0.5
    BLMOVE l m LEFT RIGHT -1
    BLMOVE l m UP RIGHT x
    BRPOPLPUSH l m x
    BLMPOP x 1 l LEFT
    BLMPOP -1 1 l LEFT
    BLMPOP 0 0 l LEFT
    BLMPOP 0 1 l UP
    == Waiting in a transaction
    MULTI
    BLPOP l 0
    BRPOP l 0
    BLMOVE l m LEFT RIGHT 0
    BRPOPLPUSH l m 0
    BLMPOP 0 1 l LEFT
    EXEC
    == Served by another
    2: PING
    2: @noreply BLPOP l 0
    @ignore CLIENT LIST
    RPUSH l a b
    2: @read
    LRANGE l 0 -1
    2: @noreply BRPOPLPUSH m n 0
    @ignore CLIENT LIST
    LMOVE l m LEFT LEFT
    2: @read
    LRANGE n 0 -1
    == Long lists
    RPUSH l %repeat(a,3000) %repeat(b,3000) %repeat(c,3000) %repeat(d,3000) %repeat(e,20000) f g %repeat(h,5000)
    LRANGE l 0 -1
    LINSERT l BEFORE f %repeat(x,2500)
    LINSERT l AFTER g %repeat(y,9000)
    LSET l 2 small
    LSET l 5 %repeat(z,4070)
    LRANGE l 0 -1
    LREM l 1 f
    LMOVE l l LEFT RIGHT
    LTRIM l 2 -3
    LRANGE l 0 -1
    LPOP l 3
    LLEN l
    == Copies
    RPUSH l a b c
    COPY l m
    RPUSH m d
    LRANGE l 0 -1
    RENAME m l
    LRANGE l 0 -1
    MOVE l 1
    EXISTS l
    == Wrong types
    SET s 1
    RPUSH l a
    LPUSH s a
    RPUSH s a
    LPUSHX s a
    RPUSHX s a
    LPOP s
    RPOP s 0
    LPOP s -1
    LLEN s
    LINDEX s 0
    LINDEX s x
    LSET s 0 a
    LSET s x a
    LINSERT s BEFORE a b
    LREM s 0 a
    LRANGE s 0 -1
    LTRIM s 0 -1
    LPOS s a
    LPOS s a RANK 0
    LMOVE s l LEFT LEFT
    LMOVE l s LEFT LEFT
    LMOVE missing s LEFT LEFT
    RPOPLPUSH s l
    RPOPLPUSH l s
    LMPOP 1 s LEFT
    LMPOP 2 s l LEFT
    LMPOP 2 missing s LEFT
    BLPOP s 0
    BLPOP missing s 0
    BRPOP l s 0
    RPUSH l a
    BLMOVE l s LEFT LEFT 0
    BLMOVE s l LEFT LEFT 0
    BRPOPLPUSH l s 0
    BLMPOP 0 1 s LEFT
    LRANGE l 0 -1
    """#
