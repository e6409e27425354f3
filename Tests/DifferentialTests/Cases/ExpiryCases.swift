/// Times to live.
let expiryCases = #"""
    == EXPIRE and PEXPIRE
    EXPIRE missing 100
    SET k v
    TTL k
    PTTL k
    EXPIRETIME k
    PEXPIRETIME k
    TTL missing
    PTTL missing
    EXPIRETIME missing
    PEXPIRETIME missing
    EXPIRE k 100
    @about:2 TTL k
    @about:2000 PTTL k
    @about:2 EXPIRETIME k
    @about:2000 PEXPIRETIME k
    PEXPIRE k 500000
    @about:2000 PTTL k
    EXPIREAT k %now+700
    EXPIRETIME k
    PEXPIREAT k %nowms+700001
    PEXPIRETIME k
    EXPIRETIME k
    PERSIST k
    TTL k
    PERSIST k
    PERSIST missing
    == EXPIRE with a time that is over deletes
    SET k v
    EXPIRE k 0
    EXISTS k
    SET k v
    EXPIRE k -1
    EXISTS k
    SET k v
    PEXPIRE k 0
    EXISTS k
    SET k v
    PEXPIRE k -100
    EXISTS k
    SET k v
    EXPIREAT k 1
    EXISTS k
    SET k v
    PEXPIREAT k %nowms-10
    EXISTS k
    SET k v
    EXPIREAT k 0
    EXISTS k
    SET k v
    EXPIREAT k -1
    EXISTS k
    DBSIZE
    EXPIRE k 0
    == EXPIRE: NX, XX, GT, LT
    SET k v
    EXPIRE k 100 XX
    TTL k
    EXPIRE k 100 GT
    TTL k
    EXPIRE k 100 LT
    @about:2 TTL k
    PERSIST k
    EXPIRE k 100 NX
    EXPIRE k 200 NX
    @about:2 TTL k
    EXPIRE k 200 XX
    @about:2 TTL k
    EXPIRE k 100 GT
    @about:2 TTL k
    EXPIRE k 300 GT
    @about:2 TTL k
    EXPIRE k 400 LT
    @about:2 TTL k
    EXPIRE k 50 LT
    @about:2 TTL k
    PEXPIRE k 900000 gt
    @about:2 TTL k
    EXPIREAT k %now+10000 GT
    EXPIRETIME k
    EXPIREAT k %now+10000 GT
    EXPIREAT k %now+10000 LT
    PEXPIREAT k %nowms+5000000 LT
    PEXPIRETIME k
    PEXPIREAT k %nowms+5000000 XX
    PEXPIREAT k %nowms+5000000 NX
    EXPIRE k 20000 XX GT
    @about:2 TTL k
    EXPIRE k 10 XX LT
    @about:2 TTL k
    EXPIRE k 0 GT
    EXISTS k
    EXPIRE k 0 NX
    EXISTS k
    EXPIRE k -1 LT
    EXISTS k
    EXPIRE missing 100 XX
    EXPIRE missing 100 NX
    == EXPIRE: options that exclude each other
    SET k v
    EXPIRE k 100 NX XX
    EXPIRE k 100 NX GT
    EXPIRE k 100 NX LT
    EXPIRE k 100 GT LT
    EXPIRE k 100 XX GT LT
    EXPIRE k 100 FOO
    EXPIRE k 100 NX FOO
    EXPIRE k 100 ""
    PEXPIRE k 100 GT LT
    EXPIREAT k 100 BAR
    PEXPIREAT k 100 NX XX
    EXPIRE missing 100 NX XX
    EXPIRE missing 100 FOO
    EXPIRE k abc FOO
    EXPIRE k 100 NX NX
    @about:2 TTL k
    == EXPIRE: what is no time
    SET k v
    EXPIRE k abc
    EXPIRE k ""
    EXPIRE k 1.5
    EXPIRE k " 1"
    EXPIRE k +1
    EXPIRE k 01
    EXPIRE k 9223372036854775807
    EXPIRE k 9223372036854775
    EXPIRE k 9223372036854776
    EXPIRE k 9223372036854775808
    EXPIRE k -9223372036854775808
    EXPIRE k -9223372036854775
    PEXPIRE k 9223372036854775807
    PEXPIRE k 9223372036854775000
    EXPIREAT k 9223372036854775807
    EXPIREAT k 9223372036854776
    TTL k
    PEXPIREAT k abc
    PEXPIREAT k 9223372036854775808
    EXPIRE missing abc
    EXPIRE missing 9223372036854775807
    EXPIRE k
    EXPIRE
    PEXPIRE k
    EXPIREAT k
    PEXPIREAT k
    TTL
    TTL a b
    PTTL
    PTTL a b
    EXPIRETIME
    EXPIRETIME a b
    PEXPIRETIME
    PEXPIRETIME a b
    PERSIST
    PERSIST a b
    == EXPIRE at the far end of time
    SET k v
    PEXPIREAT k 9223372036854775807
    PEXPIRETIME k
    EXPIRETIME k
    @type TTL k
    @type PTTL k
    EXPIREAT k 9223372036854775
    PEXPIRETIME k
    EXPIRETIME k
    == Smallest negative times delete
    SET k v
    PEXPIRE k -9223372036854775808
    SET k v
    PEXPIREAT k -9223372036854775808
    SET k v
    EXPIREAT k -9223372036854775808
    EXPIREAT k -9223372036854775
    EXISTS k
    == What keeps a time to live and what removes it
    SET k 5 EX 1000
    INCR k
    @about:2 TTL k
    APPEND k 0
    @about:2 TTL k
    SETBIT k 0 1
    @about:2 TTL k
    SETRANGE k 0 x
    @about:2 TTL k
    GETSET k v
    TTL k
    SET k v EX 1000
    GETEX k
    @about:2 TTL k
    GETDEL k
    SET k v
    TTL k
    EXPIRE k 1000
    MSET k w
    TTL k
    EXPIRE k 1000
    BITOP NOT k k
    TTL k
    == A key that has expired is not there
    SET k v PX 1
    DEBUG SLEEP 0.01
    GET k
    EXISTS k
    TTL k
    TYPE k
    STRLEN k
    PERSIST k
    EXPIRE k 10
    RENAME k l
    OBJECT ENCODING k
    SETNX k new
    GET k
    SET c 41 PX 1
    DEBUG SLEEP 0.01
    INCR c
    TTL c
    SET a old PX 1
    DEBUG SLEEP 0.01
    APPEND a new
    SET g old PX 1
    DEBUG SLEEP 0.01
    SET g new GET
    SET x old PX 1
    DEBUG SLEEP 0.01
    SET x new XX
    """#
