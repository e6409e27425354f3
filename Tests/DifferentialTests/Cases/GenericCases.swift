/// Commands on keys of any type.
let genericCases = #"""
    == DEL, UNLINK, EXISTS, TOUCH
    MSET a 1 b 2 c 3 d 4
    EXISTS a
    EXISTS a a a
    EXISTS a b missing
    EXISTS missing
    TOUCH a b missing a
    TOUCH missing
    DEL a
    DEL a
    DEL b b
    DEL c missing
    UNLINK d d missing
    DBSIZE
    DEL
    UNLINK
    EXISTS
    TOUCH
    SET "" v
    EXISTS ""
    DEL ""
    == TYPE
    SET k v
    TYPE k
    TYPE missing
    TYPE
    TYPE a b
    == RENAME
    SET a 1
    RENAME a b
    EXISTS a
    GET b
    RENAME missing c
    RENAME missing missing
    RENAME b b
    GET b
    SET t v EX 100
    RENAME t b
    GET b
    @about:2 TTL b
    SET p 1
    RENAME p b
    TTL b
    RENAME a
    RENAME
    RENAME a b c
    == RENAMENX
    SET a 1
    SET b 2
    RENAMENX a b
    RENAMENX a c
    MGET a b c
    RENAMENX missing c
    RENAMENX c c
    SET t v EX 100
    RENAMENX t u
    @about:2 TTL u
    RENAMENX a
    RENAMENX a b c
    == COPY
    SET a 1
    COPY a b
    MGET a b
    COPY a b
    SET a 2
    COPY a b REPLACE
    GET b
    COPY a b replace
    COPY missing c
    COPY missing b REPLACE
    GET b
    COPY a a
    COPY a a REPLACE
    COPY a a DB 0
    COPY a a DB 1
    COPY a a DB 1
    COPY a x DB 1 REPLACE
    SELECT 1
    @unordered KEYS *
    GET x
    SELECT 0
    SET t v EX 100
    COPY t u
    @about:2 TTL u
    COPY a b DB
    COPY a b DB abc
    COPY a b DB -1
    COPY a b DB 16
    COPY a b DB 99999999999999999999
    COPY a b FOO
    COPY a b REPLACE REPLACE
    COPY a b REPLACE DB 2 DB 3
    COPY a
    COPY
    == MOVE
    SET a 1
    MOVE a 1
    EXISTS a
    MOVE a 1
    SET a 2
    MOVE a 1
    MOVE a 0
    MOVE a 16
    MOVE a -1
    MOVE a abc
    MOVE missing 1
    MOVE missing 99
    MOVE a
    MOVE a 1 2
    SET t v EX 100
    MOVE t 3
    SELECT 3
    @about:2 TTL t
    SELECT 1
    GET a
    == RANDOMKEY
    RANDOMKEY
    SET only v
    RANDOMKEY
    RANDOMKEY x
    == KEYS
    MSET one 1 two 2 three 3 four 4 "fi*ve" 5 "s[ix" 6
    @unordered KEYS *
    @unordered KEYS t*
    @unordered KEYS ?o?r
    @unordered KEYS *o*
    @unordered KEYS [ot]*
    @unordered KEYS [^o]*
    @unordered KEYS [a-o]*
    @unordered KEYS [o-a]*
    @unordered KEYS "fi\\*ve"
    @unordered KEYS "s\\[*"
    @unordered KEYS "[*"
    @unordered KEYS "["
    @unordered KEYS "\\"
    @unordered KEYS one
    @unordered KEYS ""
    @unordered KEYS **t**
    @unordered KEYS *e
    @unordered KEYS ????
    @unordered KEYS [^
    @unordered KEYS o[]ne
    @unordered KEYS [a-]*
    KEYS
    KEYS a b
    SET gone v PXAT 1
    KEYS g*
    EXISTS gone
    == OBJECT
    SET n 1
    SET s short
    SET l %repeat(x,100)
    OBJECT ENCODING n
    OBJECT ENCODING s
    OBJECT ENCODING l
    OBJECT ENCODING missing
    OBJECT REFCOUNT s
    OBJECT REFCOUNT missing
    @about:2 OBJECT IDLETIME s
    OBJECT IDLETIME missing
    OBJECT FREQ s
    OBJECT FREQ missing
    @help OBJECT HELP
    OBJECT
    OBJECT FOO
    OBJECT FOO s
    OBJECT ENCODING
    OBJECT ENCODING a b
    OBJECT REFCOUNT
    OBJECT IDLETIME
    OBJECT FREQ a b
    OBJECT HELP x
    object encoding s
    == OBJECT FREQ and IDLETIME depend on the policy
    CONFIG SET maxmemory-policy allkeys-lfu
    SET k v
    @type OBJECT FREQ k
    OBJECT IDLETIME k
    CONFIG SET maxmemory-policy noeviction
    == Databases are apart
    SELECT 0
    SET k zero
    SELECT 1
    GET k
    SET k one
    DBSIZE
    SELECT 15
    DBSIZE
    SELECT 16
    SELECT -1
    SELECT abc
    SELECT ""
    SELECT 99999999999999999999
    SELECT
    SELECT 0 1
    SELECT 0
    GET k
    == FLUSHDB and FLUSHALL
    MSET a 1 b 2
    SELECT 1
    SET c 3
    FLUSHDB
    DBSIZE
    SELECT 0
    DBSIZE
    FLUSHDB ASYNC
    DBSIZE
    SET a 1
    FLUSHDB SYNC
    SET a 1
    FLUSHDB sync
    FLUSHDB FOO
    FLUSHDB ASYNC SYNC
    SET a 1
    FLUSHALL ASYNC
    SET a 1
    FLUSHALL SYNC
    SET a 1
    FLUSHALL FOO
    FLUSHALL SYNC ASYNC
    DBSIZE
    FLUSHALL
    DBSIZE
    DBSIZE x
    == SWAPDB
    SET k zero
    SELECT 1
    SET k one
    SWAPDB 0 1
    GET k
    SELECT 0
    GET k
    SWAPDB 0 0
    SWAPDB 1 2
    SWAPDB 0 16
    SWAPDB 16 0
    SWAPDB -1 0
    SWAPDB a 0
    SWAPDB 0 b
    SWAPDB 0
    SWAPDB
    SWAPDB 0 1 2
    SELECT 2
    GET k
    SELECT 1
    GET k
    SWAPDB 2 1
    GET k
    == WAIT without replicas
    WAIT 0 0
    WAIT 0 100
    WAIT 1 10
    WAIT a 0
    WAIT 0 a
    WAIT 0 -1
    WAIT 0
    WAIT -1 10
    """#
