/// DUMP and RESTORE; the payload is that of the string `v`.
let dumpCases = #"""
    == DUMP of small values | needs DUMP
    DUMP k
    SET k v
    DUMP k
    SET k ""
    DUMP k
    SET k 127
    DUMP k
    SET k -129
    DUMP k
    SET k 70000
    DUMP k
    SET k 99999999999
    DUMP k
    SET k "01"
    DUMP k
    SET k %repeat(ab,10)
    DUMP k
    SET k "a\x00\xffb"
    DUMP k
    RPUSH list a 1 -1 500 -70000 9999999999 "" %repeat(x,70)
    @shape DUMP list
    RPUSH short a 1
    DUMP short
    SADD integers 1 2 3
    DUMP integers
    SADD integers 5000000000
    @shape DUMP integers
    ZADD sorted 1 a
    DUMP sorted
    HSET hash f v
    DUMP hash
    XADD stream 1-1 f v
    @shape DUMP stream
    DUMP
    DUMP a b
    == RESTORE | needs RESTORE
    RESTORE k 0 "\x00\x01v\x0a\x00\x91\x08\xce\xb2\x19\x38\x8a\xce"
    GET k
    TTL k
    RESTORE k 0 "\x00\x01v\x0a\x00\x91\x08\xce\xb2\x19\x38\x8a\xce"
    RESTORE k 5000 "\x00\x01v\x0a\x00\x91\x08\xce\xb2\x19\x38\x8a\xce" REPLACE
    @about:2 TTL k
    RESTORE k %nowms+100000 "\x00\x01v\x0a\x00\x91\x08\xce\xb2\x19\x38\x8a\xce" replace ABSTTL
    @about:2 TTL k
    RESTORE k 1 "\x00\x01v\x0a\x00\x91\x08\xce\xb2\x19\x38\x8a\xce" REPLACE ABSTTL
    EXISTS k
    RESTORE k 0 "\x00\x01v\x0a\x00\x91\x08\xce\xb2\x19\x38\x8a\xce" IDLETIME 1000
    @about:2 OBJECT IDLETIME k
    RESTORE k 0 "\x00\x01v\x0a\x00\x91\x08\xce\xb2\x19\x38\x8a\xce" FREQ 5 REPLACE
    == RESTORE: wrong in all ways | needs RESTORE
    RESTORE
    RESTORE k
    RESTORE k 0
    RESTORE k 0 ""
    RESTORE k 0 nonsense
    RESTORE k x "\x00\x01v\x0a\x00\x91\x08\xce\xb2\x19\x38\x8a\xce"
    RESTORE k -1 "\x00\x01v\x0a\x00\x91\x08\xce\xb2\x19\x38\x8a\xce"
    RESTORE k -1 nonsense
    RESTORE k x nonsense NONSENSE
    RESTORE k 0 "\x00\x01w\x0a\x00\x91\x08\xce\xb2\x19\x38\x8a\xce"
    RESTORE k 0 "\x00\x01v\x0a\x00\x91\x08\xce\xb2\x19\x38\x8a\xce" NONSENSE
    RESTORE k 0 "\x00\x01v\x0a\x00\x91\x08\xce\xb2\x19\x38\x8a\xce" IDLETIME
    RESTORE k 0 "\x00\x01v\x0a\x00\x91\x08\xce\xb2\x19\x38\x8a\xce" IDLETIME -1
    RESTORE k 0 "\x00\x01v\x0a\x00\x91\x08\xce\xb2\x19\x38\x8a\xce" IDLETIME x
    RESTORE k 0 "\x00\x01v\x0a\x00\x91\x08\xce\xb2\x19\x38\x8a\xce" FREQ 256
    RESTORE k 0 "\x00\x01v\x0a\x00\x91\x08\xce\xb2\x19\x38\x8a\xce" FREQ -1
    RESTORE k 0 "\x00\x01v\x0a\x00\x91\x08\xce\xb2\x19\x38\x8a\xce" FREQ
    RESTORE k 0 "\x00\x01v\x0a\x00\x91\x08\xce\xb2\x19\x38\x8a\xce" FREQ 1 IDLETIME 1
    EXISTS k
    LPUSH k a
    RESTORE k 0 "\x00\x01v\x0a\x00\x91\x08\xce\xb2\x19\x38\x8a\xce"
    RESTORE k x nonsense
    LRANGE k 0 -1
    == RESTORE-ASKING | needs RESTORE-ASKING
    RESTORE-ASKING k 0 "\x00\x01v\x0a\x00\x91\x08\xce\xb2\x19\x38\x8a\xce"
    GET k
    RESTORE-ASKING k 0 "\x00\x01v\x0a\x00\x91\x08\xce\xb2\x19\x38\x8a\xce"
    """#
