/// What operators look at: commands as they run, slow ones, clients and what they are doing.
let lookingCases = #"""
    == MONITOR shows what has run
    PING
    2: MONITOR
    SET k "a\x00\"\\\n\r\t\a\x07\x08\xff"
    2: @monitor
    get k
    2: @monitor
    SELECT 3
    2: @monitor
    GET k
    2: @monitor
    GET
    FOO bar
    CONFIG GET timeout
    @type CLIENT LIST
    ECHO "refused and administrative commands are not shown"
    2: @monitor
    INCR n
    2: @monitor
    LPUSH n x
    2: @monitor
    CLIENT GETNAME
    2: @monitor
    OBJECT ENCODING n
    2: @monitor
    == MONITOR shows a transaction in the order in which it ran
    PING
    2: MONITOR
    MULTI
    2: @monitor
    SET a 1
    GET a
    EXEC
    2: @monitor
    2: @monitor
    2: @monitor
    MULTI
    2: @monitor
    GET a
    DISCARD
    2: @monitor
    == MONITOR shows commands that wait
    PING
    2: MONITOR
    BLPOP q 0.01
    2: @monitor
    RPUSH q x
    2: @monitor
    BLPOP q 0
    2: @monitor
    == MONITOR hides secrets
    PING
    2: MONITOR
    AUTH secret
    2: @monitor
    AUTH nobody secret
    2: @monitor
    HELLO 2 AUTH nobody secret
    2: @monitor
    HELLO 2 SETNAME x AUTH nobody secret
    2: @monitor
    == A monitor may say little
    PING
    2: MONITOR
    2: PING
    2: @monitor
    2: GET k
    2: SET k v
    2: MONITOR X
    2: RESET
    2: GET k
    == SLOWLOG keeps arguments, cut short
    CONFIG SET slowlog-log-slower-than 0
    SLOWLOG RESET
    SET k %repeat(x,200)
    SET k %repeat(x,128)
    SET k %repeat(x,129)
    MSET 1 1 2 2 3 3 4 4 5 5 6 6 7 7 8 8 9 9 10 10 11 11 12 12 13 13 14 14 15 15 16
    MSET 1 1 2 2 3 3 4 4 5 5 6 6 7 7 8 8 9 9 10 10 11 11 12 12 13 13 14 14 15 15 16 16
    MSET 1 1 2 2 3 3 4 4 5 5 6 6 7 7 8 8 9 9 10 10 11 11 12 12 13 13 14 14 15 15 16 16 17 17
    CLIENT SETNAME someone
    GET
    LPUSH k x
    NOSUCH x
    CONFIG SET slowlog-log-slower-than -1
    @slowlog SLOWLOG GET 20
    SLOWLOG LEN
    @slowlog SLOWLOG GET 2
    CONFIG SET slowlog-max-len 3
    SLOWLOG LEN
    @slowlog SLOWLOG GET -1
    CONFIG SET slowlog-max-len 0
    SLOWLOG LEN
    CONFIG SET slowlog-max-len 128
    CONFIG SET slowlog-log-slower-than 10000
    == SLOWLOG keeps the commands of a transaction
    CONFIG SET slowlog-log-slower-than 0
    SLOWLOG RESET
    MULTI
    SET a 1
    GET a
    EXEC
    CONFIG SET slowlog-log-slower-than -1
    @slowlog SLOWLOG GET 20
    CONFIG SET slowlog-log-slower-than 10000
    == SLOWLOG hides secrets
    CONFIG SET slowlog-log-slower-than 0
    SLOWLOG RESET
    AUTH secret
    AUTH nobody secret
    HELLO 2 AUTH nobody secret SETNAME x
    CONFIG SET requirepass secret
    CONFIG SET timeout 7 requirepass "" masterauth secret
    CONFIG SET timeout 0 masterauth ""
    CONFIG SET slowlog-log-slower-than -1
    @slowlog SLOWLOG GET 20
    CONFIG SET slowlog-log-slower-than 10000
    == CLIENT LIST tells what clients are doing
    @client CLIENT INFO
    CLIENT SETNAME one
    SELECT 2
    2: @client CLIENT LIST
    MULTI
    SET a 1
    GET a
    2: @client CLIENT LIST
    DISCARD
    WATCH a
    2: SELECT 2
    2: SET a 2
    2: @client CLIENT LIST
    UNWATCH
    CLIENT NO-EVICT ON
    2: @client CLIENT LIST
    CLIENT NO-EVICT OFF
    3: MONITOR
    2: @client CLIENT LIST TYPE normal
    4: @noreply BLPOP q 0
    2: PING
    2: @client CLIENT LIST
    2: RPUSH q x
    4: @read
    2: @client CLIENT LIST
    RESET
    2: @client CLIENT LIST
    == LATENCY
    CONFIG SET latency-monitor-threshold 100000
    LATENCY RESET
    DEBUG SLEEP 0.003
    @keys LATENCY HISTOGRAM debug nosuch
    LATENCY RESET nosuch command
    LATENCY HISTORY command
    LATENCY GRAPH command
    LATENCY GRAPH
    LATENCY DOCTOR x
    LATENCY HISTORY a b
    LATENCY LATEST x
    CONFIG SET latency-monitor-threshold 0
    == INFO counts
    CONFIG RESETSTAT
    SET a 1
    GET a
    GET b
    INCR a
    LPUSH a x
    GET
    NOSUCH
    SET e x EX 1000
    @info:keyspace_hits INFO stats
    @info:keyspace_misses INFO stats
    @info:total_error_replies INFO stats
    @info:expired_keys INFO stats
    @info:errorstat_ERR INFO errorstats
    @info:errorstat_WRONGTYPE INFO errorstats
    EVAL "return {err='MINE of a script'}" 0
    EVAL "return redis.error_reply('YOURS too')" 0
    EVAL "return redis.pcall('lpush', 'a', 'x')" 0
    EVAL "redis.pcall('lpush', 'a', 'x') return 1" 0
    EVAL "return {{err='NESTED one'}}" 0
    @info:errorstat_MINE INFO errorstats
    @info:errorstat_YOURS INFO errorstats
    @info:errorstat_NESTED INFO errorstats
    @info:errorstat_WRONGTYPE INFO errorstats
    @info:total_error_replies INFO stats
    @info:blocked_clients INFO clients
    @info:maxclients INFO clients
    @info:maxmemory_policy INFO memory
    @info:maxmemory_human INFO memory
    @info:cluster_enabled INFO cluster
    @info:connected_slaves INFO replication
    @info:master_failover_state INFO replication
    @info:redis_mode INFO server
    """#
