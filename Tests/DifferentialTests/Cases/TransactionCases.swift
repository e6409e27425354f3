/// MULTI, EXEC, DISCARD, WATCH and UNWATCH.
let transactionCases = #"""
    == A transaction
    MULTI
    SET k v
    GET k
    INCR n
    MGET k missing
    TTL missing
    EXEC
    GET k
    == An empty transaction
    MULTI
    EXEC
    MULTI
    DISCARD
    == EXEC and DISCARD without MULTI, arity
    EXEC
    DISCARD
    MULTI x
    EXEC x
    DISCARD x
    UNWATCH x
    WATCH
    GET k
    == MULTI and WATCH do not nest, and the transaction goes on
    MULTI
    MULTI
    SET k v
    WATCH k
    EXEC
    GET k
    == DISCARD throws away
    MULTI
    SET k v
    DISCARD
    GET k
    DISCARD
    == A refusal while queueing discards all
    MULTI
    SET k v
    SET k
    EXEC
    GET k
    MULTI
    FOO bar
    SET k v
    EXEC
    EXISTS k
    MULTI
    GET a b
    DISCARD
    MULTI
    OBJECT FOO
    SET k v
    EXEC
    MULTI
    CLIENT SETNAME
    EXEC
    EXISTS k
    == An error at run time stands inside
    MULTI
    SET k abc
    INCR k
    SET k 1
    INCR k
    SETRANGE k -1 x
    SET k v EX 0
    SET k v FOO
    EXPIRE k 10 GT LT
    BITFIELD k GET u64 0
    EXEC
    GET k
    == Commands of a connection inside
    MULTI
    SELECT 3
    SET k three
    SELECT 0
    PING
    PING hello
    ECHO x
    CLIENT GETNAME
    DBSIZE
    EXEC
    GET k
    SELECT 3
    GET k
    == Flushing and swapping inside
    SET k v
    MULTI
    FLUSHDB
    SET k w
    SWAPDB 0 1
    EXEC
    GET k
    SELECT 1
    GET k
    == WATCH: nobody touches the key
    WATCH k
    MULTI
    SET k v
    EXEC
    GET k
    WATCH k
    SET k w
    UNWATCH
    MULTI
    GET k
    EXEC
    == WATCH: another client writes
    SET k v
    WATCH k
    2: SET k w
    MULTI
    SET k x
    EXEC
    GET k
    MULTI
    GET k
    EXEC
    == WATCH: the same client writes
    WATCH k
    SET k v
    MULTI
    GET k
    EXEC
    == WATCH: a key comes, goes, or comes to its end
    WATCH k
    2: SET k v
    MULTI
    PING
    EXEC
    WATCH k
    2: DEL k
    MULTI
    PING
    EXEC
    WATCH k
    2: DEL k
    MULTI
    PING
    EXEC
    2: SET k v
    WATCH k
    2: EXPIRE k 100
    MULTI
    PING
    EXEC
    WATCH k
    2: PERSIST k
    MULTI
    PING
    EXEC
    WATCH k
    2: EXPIRE k -1
    MULTI
    PING
    EXEC
    == WATCH: a read or a failed write changes nothing
    SET k v
    WATCH k
    2: GET k
    2: SETNX k w
    2: INCR k
    2: TTL k
    2: EXPIRE missing 10
    2: APPEND other x
    MULTI
    PING
    EXEC
    WATCH k
    2: PERSIST k
    2: GETEX k
    2: TOUCH k
    2: SETRANGE k 0 ""
    MULTI
    PING
    EXEC
    == WATCH: a write that leaves the value as it was counts
    SET k v
    WATCH k
    2: SET k v
    MULTI
    PING
    EXEC
    SETBIT k 1 1
    WATCH k
    2: SETBIT k 1 1
    MULTI
    PING
    EXEC
    SET n 1
    WATCH n
    2: INCRBY n 0
    MULTI
    PING
    EXEC
    WATCH n
    2: APPEND n ""
    MULTI
    PING
    EXEC
    WATCH n
    2: BITFIELD n SET u8 0 49
    MULTI
    PING
    EXEC
    WATCH n
    2: BITFIELD n GET u8 0
    MULTI
    PING
    EXEC
    == WATCH: flushing
    SET k v
    WATCH k
    2: FLUSHDB
    MULTI
    PING
    EXEC
    WATCH k
    2: FLUSHALL
    MULTI
    PING
    EXEC
    SET k v
    WATCH k
    2: FLUSHALL
    MULTI
    PING
    EXEC
    SET k v
    WATCH k
    2: SELECT 1
    2: FLUSHDB
    MULTI
    PING
    EXEC
    == WATCH: swapping databases
    SET k v
    WATCH k
    2: SWAPDB 0 1
    MULTI
    PING
    EXEC
    WATCH missing
    2: SWAPDB 5 6
    MULTI
    PING
    EXEC
    WATCH missing
    2: SWAPDB 0 5
    MULTI
    PING
    EXEC
    == WATCH is of one database
    SELECT 1
    WATCH k
    2: SET k v
    SELECT 0
    MULTI
    PING
    EXEC
    SELECT 1
    WATCH k
    2: SELECT 1
    2: SET k v
    MULTI
    PING
    EXEC
    == WATCH: renaming, copying, moving
    SET a 1
    WATCH a b
    2: RENAME a b
    MULTI
    PING
    EXEC
    WATCH c
    2: COPY b c
    MULTI
    PING
    EXEC
    WATCH b
    2: COPY b d
    MULTI
    PING
    EXEC
    WATCH b
    2: MOVE b 1
    MULTI
    PING
    EXEC
    WATCH d
    2: RENAME d d
    MULTI
    PING
    EXEC
    == WATCH: several keys, watched twice, and a transaction by another
    WATCH a b c a
    2: MULTI
    2: SET c 1
    2: EXEC
    MULTI
    PING
    EXEC
    WATCH a
    2: MULTI
    2: SET a 1
    2: DISCARD
    MULTI
    PING
    EXEC
    == WATCH ends with EXEC, DISCARD and RESET
    WATCH k
    MULTI
    DISCARD
    2: SET k v
    MULTI
    PING
    EXEC
    WATCH k
    MULTI
    FOO
    EXEC
    2: SET k w
    MULTI
    PING
    EXEC
    == WATCH of a key that has already expired
    DEBUG SET-ACTIVE-EXPIRE 0
    SET k v PX 1
    DEBUG SLEEP 0.01
    WATCH k
    2: GET k
    MULTI
    PING
    EXEC
    SET k v PX 30
    WATCH k
    DEBUG SLEEP 0.05
    MULTI
    PING
    EXEC
    DEL k
    DEBUG SET-ACTIVE-EXPIRE 1
    == Transactions of two clients do not mix
    MULTI
    SET k 1
    2: MULTI
    2: SET k 2
    2: GET k
    GET k
    2: EXEC
    EXEC
    """#
