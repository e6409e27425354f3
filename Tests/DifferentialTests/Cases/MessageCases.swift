/// SUBSCRIBE and its kin, PUBLISH, PUBSUB, and the messages that tell of keyspace events.
let messageCases = #"""
    == Messages of a channel
    2: SUBSCRIBE a b
    2: @read
    PUBLISH a 1
    2: @read
    PUBLISH b "two \x00 words"
    2: @read
    PUBLISH c 3
    2: UNSUBSCRIBE a
    PUBLISH a 4
    PUBLISH b 5
    2: @read
    2: UNSUBSCRIBE b
    2: PING
    == Patterns
    2: PSUBSCRIBE n*s
    2: SUBSCRIBE news
    PUBLISH news 1
    2: @read
    2: @read
    PUBLISH nuts ""
    2: @read
    PUBLISH ants 3
    PUBSUB NUMPAT
    2: PUNSUBSCRIBE
    PUBSUB NUMPAT
    PUBLISH news 4
    2: @read
    == Shard channels
    2: SSUBSCRIBE s t
    2: @read
    SPUBLISH s 1
    2: @read
    PUBLISH s 2
    SPUBLISH u 3
    PUBSUB SHARDCHANNELS s*
    PUBSUB SHARDNUMSUB s t u
    @unordered PUBSUB SHARDCHANNELS
    2: SUNSUBSCRIBE t s
    2: @read
    SPUBLISH s 4
    == Subscribing twice, and ending what is not there
    SUBSCRIBE a a
    @read
    SUBSCRIBE a
    UNSUBSCRIBE b c
    @read
    PSUBSCRIBE a
    SSUBSCRIBE a
    UNSUBSCRIBE a
    UNSUBSCRIBE
    PUNSUBSCRIBE x
    PUNSUBSCRIBE
    PUNSUBSCRIBE
    SUNSUBSCRIBE
    SUNSUBSCRIBE
    SUNSUBSCRIBE a
    == The subscribed mode | RESP2
    SUBSCRIBE a
    GET k
    SET k v
    CLIENT ID
    PUBLISH a b
    PUBSUB CHANNELS
    MULTI
    EXEC
    HELLO 3
    FOO
    GET
    PING
    PING hi
    PING a b
    PSUBSCRIBE p
    SSUBSCRIBE s
    UNSUBSCRIBE
    PUNSUBSCRIBE
    GET k
    SUNSUBSCRIBE
    GET k
    PING
    PING hi
    SUBSCRIBE a
    RESET
    GET k
    SSUBSCRIBE a
    GET k
    QUIT
    == No subscribed mode in RESP3 until HELLO 2 | RESP3
    SUBSCRIBE a
    GET k
    PING
    PING hi
    PUBSUB CHANNELS
    @shape HELLO 2
    GET k
    PING
    UNSUBSCRIBE
    GET k
    == Subscribing in a transaction | RESP2
    MULTI
    SUBSCRIBE a
    PSUBSCRIBE a*
    SSUBSCRIBE s
    UNSUBSCRIBE a
    PING
    EXEC
    GET k
    PUNSUBSCRIBE
    GET k
    == Publishing in a transaction
    2: SUBSCRIBE a
    MULTI
    PUBLISH a 1
    SET k v
    PUBLISH a 2
    EXEC
    2: @read
    2: @read
    MULTI
    PUBLISH a 3
    DISCARD
    PUBLISH a 4
    2: @read
    == Replies that are turned off | RESP3
    @noreply CLIENT REPLY OFF
    SUBSCRIBE a
    @noreply GET k
    2: PUBLISH a 1
    @read
    CLIENT REPLY ON
    @noreply CLIENT REPLY SKIP
    UNSUBSCRIBE a
    PING
    == PUBSUB
    2: SUBSCRIBE a
    3: SUBSCRIBE a
    3: SUBSCRIBE ab
    @unordered PUBSUB CHANNELS
    @unordered PUBSUB CHANNELS a*
    PUBSUB CHANNELS ab
    PUBSUB CHANNELS [b]
    PUBSUB CHANNELS a b
    PUBSUB SHARDCHANNELS
    PUBSUB SHARDCHANNELS a b
    PUBSUB NUMSUB
    PUBSUB NUMSUB a ab b a
    PUBSUB SHARDNUMSUB
    PUBSUB SHARDNUMSUB a
    PUBSUB NUMPAT
    PUBSUB NUMPAT x
    PUBSUB FOO
    PUBSUB
    @help PUBSUB HELP
    PUBSUB HELP x
    == Arity
    SUBSCRIBE
    PSUBSCRIBE
    SSUBSCRIBE
    PUBLISH
    PUBLISH a
    PUBLISH a b c
    SPUBLISH a
    == Who is reset hears nothing
    2: SUBSCRIBE a
    2: PSUBSCRIBE *
    2: RESET
    PUBLISH a 1
    PUBSUB NUMPAT
    2: PING
    == Both kinds of channels of an event
    CONFIG SET notify-keyspace-events KEA
    2: PSUBSCRIBE __key*
    SELECT 3
    SET k v
    2: @read
    2: @read
    DEL k
    2: @read
    2: @read
    CONFIG SET notify-keyspace-events A
    SET k v
    CONFIG SET notify-keyspace-events ""
    SET k v
    2: PUNSUBSCRIBE
    == Events of a transaction
    CONFIG SET notify-keyspace-events E$
    2: PSUBSCRIBE *
    MULTI
    SET k v
    PUBLISH c m
    APPEND k w
    EXEC
    2: @read
    2: @read
    2: @read
    CONFIG SET notify-keyspace-events ""
    == Events of strings
    CONFIG SET notify-keyspace-events E$g
    2: PSUBSCRIBE __keyevent@*
    SET k v
    2: @read
    SET k v EX 100
    2: @read
    2: @read
    SETEX k 100 v
    2: @read
    2: @read
    GETSET k w
    2: @read
    APPEND k x
    2: @read
    SETRANGE k 1 y
    2: @read
    SET n 1
    2: @read
    INCR n
    2: @read
    DECRBY n 3
    2: @read
    INCRBYFLOAT n 0.5
    2: @read
    SETBIT b 3 1
    2: @read
    @ignore BITFIELD b SET u8 0 7
    2: @read
    BITOP NOT c b
    2: @read
    MSET a 1 b 2
    2: @read
    2: @read
    MSETNX x 1 y 2
    2: @read
    2: @read
    SETNX z 1
    2: @read
    GETEX z EX 100
    2: @read
    GETEX z PERSIST
    2: @read
    GETDEL z
    2: @read
    PFADD h a
    2: @read
    PFMERGE h2 h
    2: @read
    SET k v GET
    2: @read
    @ignore LCS a b
    GET a
    2: PUNSUBSCRIBE
    == Events of keys of any type
    CONFIG SET notify-keyspace-events Eg
    2: PSUBSCRIBE __keyevent@*
    SET a 1
    EXPIRE a 100
    2: @read
    PERSIST a
    2: @read
    EXPIRE a -1
    2: @read
    MSET a 1 b 2
    RENAME a c
    2: @read
    2: @read
    RENAMENX c d
    2: @read
    2: @read
    COPY d e
    2: @read
    MOVE e 1
    2: @read
    2: @read
    DEL d b
    2: @read
    2: @read
    SET q 1
    UNLINK q
    2: @read
    SET r 1
    PEXPIREAT r 1
    2: @read
    DEL none
    2: PUNSUBSCRIBE
    == Events of lists
    CONFIG SET notify-keyspace-events Elg
    2: PSUBSCRIBE __keyevent@*
    RPUSH l a b c
    2: @read
    LPUSH l z
    2: @read
    LPUSHX l y
    2: @read
    RPOP l
    2: @read
    LPOP l
    2: @read
    LINSERT l BEFORE a x
    2: @read
    LSET l 0 s
    2: @read
    LREM l 0 s
    2: @read
    LTRIM l 0 0
    2: @read
    LMOVE l m LEFT RIGHT
    2: @read
    2: @read
    2: @read
    RPUSH l a b
    2: @read
    LMPOP 1 l LEFT COUNT 5
    2: @read
    2: @read
    RPOPLPUSH m m2
    2: @read
    2: @read
    2: @read
    BLPOP m2 0
    2: @read
    2: @read
    RPUSH s 2 1
    2: @read
    SORT s STORE t
    2: @read
    DEL t
    2: @read
    2: PUNSUBSCRIBE
    == Events of sets
    CONFIG SET notify-keyspace-events Esg
    2: PSUBSCRIBE __keyevent@*
    SADD s a b c
    2: @read
    SREM s a
    2: @read
    @unordered SPOP s 5
    2: @read
    2: @read
    SADD s a b
    2: @read
    SADD t b
    2: @read
    SMOVE s t a
    2: @read
    2: @read
    SINTERSTORE d s t
    2: @read
    SUNIONSTORE d s t
    2: @read
    SDIFFSTORE d s t
    2: @read
    SREM t a b
    2: @read
    2: @read
    SADD s b
    2: PUNSUBSCRIBE
    == Events of hashes
    CONFIG SET notify-keyspace-events Ehg
    2: PSUBSCRIBE __keyevent@*
    HSET h a 1 b 2
    2: @read
    HSETNX h c 3
    2: @read
    HMSET h d 4
    2: @read
    HINCRBY h a 1
    2: @read
    HINCRBYFLOAT h a 0.5
    2: @read
    HDEL h a b
    2: @read
    HDEL h c d
    2: @read
    2: @read
    2: PUNSUBSCRIBE
    == Events of sorted sets
    CONFIG SET notify-keyspace-events Ezg
    2: PSUBSCRIBE __keyevent@*
    ZADD z 1 a 2 b 3 c 4 d 5 e 6 f
    2: @read
    ZINCRBY z 1 a
    2: @read
    ZADD z INCR 1 a
    2: @read
    ZREM z a
    2: @read
    ZPOPMIN z
    2: @read
    ZPOPMAX z
    2: @read
    ZREMRANGEBYRANK z 0 0
    2: @read
    ZREMRANGEBYSCORE z 4 4
    2: @read
    ZREMRANGEBYLEX z - +
    2: @read
    2: @read
    ZADD z 1 a 2 b
    2: @read
    ZADD y 1 a
    2: @read
    ZUNIONSTORE u 2 z y
    2: @read
    ZINTERSTORE u 2 z y
    2: @read
    ZDIFFSTORE u 2 z y
    2: @read
    ZRANGESTORE u z 0 -1
    2: @read
    ZMPOP 1 u MIN COUNT 5
    2: @read
    2: @read
    GEOADD g 1 2 a
    2: @read
    GEOSEARCHSTORE gs g FROMMEMBER a BYRADIUS 1 km
    2: @read
    GEORADIUSBYMEMBER g a 1 km STORE gt
    2: @read
    2: PUNSUBSCRIBE
    == Events of streams
    CONFIG SET notify-keyspace-events Etg
    2: PSUBSCRIBE __keyevent@*
    XADD x 1-1 a b
    2: @read
    XADD x MAXLEN 1 2-1 a b
    2: @read
    2: @read
    XGROUP CREATE x g 0
    2: @read
    XGROUP CREATECONSUMER x g c
    2: @read
    XREADGROUP GROUP g d STREAMS x >
    2: @read
    XGROUP SETID x g 0
    2: @read
    XGROUP DELCONSUMER x g c
    2: @read
    XDEL x 2-1
    2: @read
    XADD x 3-1 a b
    2: @read
    XTRIM x MAXLEN 0
    2: @read
    XSETID x 9-1
    2: @read
    XGROUP DESTROY x g
    2: @read
    2: PUNSUBSCRIBE
    == Events of misses and new keys
    CONFIG SET notify-keyspace-events Emn
    2: PSUBSCRIBE __keyevent@*
    GET a
    2: @read
    SET a 1
    2: @read
    SET a 2
    MGET a b
    2: @read
    RPUSH l 1
    2: @read
    SADD s 1
    2: @read
    HGET h f
    2: @read
    INCR n
    2: @read
    APPEND p 1
    2: @read
    COPY a c
    2: @read
    RENAME c d
    2: @read
    EXISTS none
    2: @read
    TTL none
    2: @read
    2: PUNSUBSCRIBE
    == Expired keys
    CONFIG SET notify-keyspace-events Ex
    2: SUBSCRIBE __keyevent@0__:expired
    SET k v PX 1
    2: @read
    CONFIG SET notify-keyspace-events ""
    """#
