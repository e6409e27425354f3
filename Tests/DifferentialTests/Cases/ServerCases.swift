/// The server itself: its commands, its configuration, its logs.
let serverCases = #"""
    == COMMAND
    COMMAND FOO
    COMMAND COUNT x
    COMMAND INFO nosuchcommand
    COMMAND INFO nosuchcommand get|nothing
    COMMAND INFO ""
    COMMAND GETKEYS
    COMMAND GETKEYS GET k
    COMMAND GETKEYS get k
    COMMAND GETKEYS SET k v EX 10
    COMMAND GETKEYS MSET a 1 b 2 c 3
    COMMAND GETKEYS MSET a 1 b
    COMMAND GETKEYS MSETNX a 1 b 2
    COMMAND GETKEYS MGET a b c
    COMMAND GETKEYS DEL a b c
    COMMAND GETKEYS RENAME a b
    COMMAND GETKEYS COPY a b
    COMMAND GETKEYS BITOP AND d a b c
    COMMAND GETKEYS BITFIELD k GET u8 0
    COMMAND GETKEYS LCS a b
    COMMAND GETKEYS OBJECT ENCODING k
    COMMAND GETKEYS OBJECT FOO k
    COMMAND GETKEYS OBJECT HELP
    COMMAND GETKEYS MEMORY USAGE k
    COMMAND GETKEYS WATCH a b
    COMMAND GETKEYS PING a
    COMMAND GETKEYS GET a b
    COMMAND GETKEYS FOO a
    COMMAND GETKEYS SCAN 0
    COMMAND GETKEYS TOUCH a b
    COMMAND GETKEYS EXISTS a
    COMMAND GETKEYS GETEX a
    COMMAND GETKEYSANDFLAGS
    @unordered COMMAND GETKEYSANDFLAGS GET k
    @unordered COMMAND GETKEYSANDFLAGS SET k v
    @unordered COMMAND GETKEYSANDFLAGS SET k v GET
    @unordered COMMAND GETKEYSANDFLAGS MSET a 1 b 2
    @unordered COMMAND GETKEYSANDFLAGS RENAME a b
    @unordered COMMAND GETKEYSANDFLAGS COPY a b
    @unordered COMMAND GETKEYSANDFLAGS BITOP AND d a b
    @unordered COMMAND GETKEYSANDFLAGS BITFIELD k GET u8 0
    @unordered COMMAND GETKEYSANDFLAGS BITFIELD k SET u8 0 1
    @unordered COMMAND GETKEYSANDFLAGS INCR k
    @unordered COMMAND GETKEYSANDFLAGS GETDEL k
    @unordered COMMAND GETKEYSANDFLAGS EXPIRE k 10
    @unordered COMMAND GETKEYSANDFLAGS MOVE k 1
    COMMAND LIST FILTERBY
    COMMAND LIST FILTERBY FOO bar
    COMMAND LIST FILTERBY ACLCAT nothing
    COMMAND LIST FILTERBY MODULE nothing
    COMMAND LIST FILTERBY PATTERN nosuch*
    @unordered COMMAND LIST FILTERBY PATTERN getr*
    @unordered COMMAND LIST FILTERBY PATTERN MSETN*
    COMMAND LIST FOO
    COMMAND DOCS nosuchcommand
    @help COMMAND HELP
    == CONFIG GET
    CONFIG GET maxmemory-policy
    CONFIG GET MAXMEMORY-POLICY
    CONFIG GET nosuchdirective
    @unordered CONFIG GET maxmemory-policy timeout
    @unordered CONFIG GET timeout timeout
    @unordered CONFIG GET maxclients databases proto-max-bulk-len
    CONFIG GET hz
    CONFIG GET save
    CONFIG GET appendonly
    CONFIG GET loglevel
    CONFIG GET bind
    CONFIG GET requirepass
    CONFIG GET client-output-buffer-limit
    CONFIG GET slowlog-*r-than
    CONFIG GET ""
    CONFIG GET
    @help CONFIG HELP
    CONFIG
    CONFIG FOO
    CONFIG HELP x
    == CONFIG SET
    CONFIG SET timeout 100
    CONFIG GET timeout
    CONFIG SET TIMEOUT 0
    CONFIG SET timeout abc
    CONFIG SET timeout -1
    CONFIG SET timeout 99999999999
    CONFIG SET timeout ""
    CONFIG SET timeout
    CONFIG SET
    CONFIG SET nosuchdirective 1
    CONFIG SET timeout 1 nosuchdirective 2
    CONFIG GET timeout
    CONFIG SET timeout 1 timeout 2
    CONFIG SET timeout 1 hz
    CONFIG SET timeout 7 slowlog-max-len 64
    CONFIG GET timeout
    CONFIG GET slowlog-max-len
    CONFIG SET timeout 8 slowlog-max-len abc
    CONFIG GET timeout
    CONFIG SET timeout 0 slowlog-max-len 128
    CONFIG SET maxmemory 100mb
    CONFIG GET maxmemory
    CONFIG SET maxmemory 1gb
    CONFIG GET maxmemory
    CONFIG SET maxmemory 10k
    CONFIG GET maxmemory
    CONFIG SET maxmemory 10x
    CONFIG SET maxmemory -1
    CONFIG SET maxmemory 0
    CONFIG SET appendfsync foo
    CONFIG SET maxmemory-policy ALLKEYS-LRU
    CONFIG GET maxmemory-policy
    CONFIG SET maxmemory-policy noeviction
    CONFIG SET appendonly maybe
    CONFIG SET databases 20
    CONFIG SET daemonize yes
    # Later versions have a level more, which this error lists.
    @prefix CONFIG SET loglevel foo
    CONFIG SET client-output-buffer-limit foo
    CONFIG SET client-output-buffer-limit "normal 1mb 1mb"
    CONFIG SET client-output-buffer-limit "foo 0 0 0"
    CONFIG SET client-output-buffer-limit "normal 10mb 1mb 10"
    CONFIG GET client-output-buffer-limit
    CONFIG SET client-output-buffer-limit "normal 0 0 0 replica 1 2 3"
    CONFIG GET client-output-buffer-limit
    CONFIG SET client-output-buffer-limit "slave 268435456 67108864 60"
    CONFIG SET notify-keyspace-events KEA
    CONFIG GET notify-keyspace-events
    CONFIG SET notify-keyspace-events "x?"
    CONFIG SET notify-keyspace-events ""
    CONFIG RESETSTAT
    CONFIG RESETSTAT x
    CONFIG REWRITE x
    == TIME, LASTSAVE and ROLE
    @shape TIME
    TIME x
    @type LASTSAVE
    LASTSAVE x
    ROLE
    ROLE x
    == DBSIZE
    DBSIZE
    MSET a 1 b 2
    DBSIZE
    DBSIZE x
    == INFO
    @type INFO
    @type INFO server
    @type INFO everything
    @type INFO server clients
    INFO nosuchsection
    MSET a 1 b 2
    SET c 3 EX 1000
    INFO commandstats2
    == MEMORY
    SET k v
    @type MEMORY USAGE k
    @type MEMORY USAGE k SAMPLES 0
    @type MEMORY USAGE k SAMPLES 5
    MEMORY USAGE missing
    MEMORY USAGE k SAMPLES -1
    MEMORY USAGE k SAMPLES abc
    MEMORY USAGE k SAMPLES
    MEMORY USAGE k FOO 1
    MEMORY USAGE
    @type MEMORY DOCTOR
    @type MEMORY STATS
    @type MEMORY MALLOC-STATS
    MEMORY PURGE
    @help MEMORY HELP
    MEMORY FOO
    MEMORY
    MEMORY DOCTOR x
    == LOLWUT
    @type LOLWUT
    @type LOLWUT VERSION 5
    @type LOLWUT VERSION 6 10 10
    LOLWUT VERSION abc
    == LATENCY
    CONFIG SET latency-monitor-threshold 1
    DEBUG SLEEP 0.01
    @shape LATENCY LATEST
    @shape LATENCY HISTORY command
    LATENCY HISTORY nosuchevent
    LATENCY HISTORY
    @type LATENCY GRAPH command
    LATENCY GRAPH nosuchevent
    @type LATENCY DOCTOR
    @type LATENCY HISTOGRAM
    @keys LATENCY HISTOGRAM ping
    LATENCY HISTOGRAM nosuchcommand
    @type LATENCY RESET
    LATENCY RESET nosuchevent
    LATENCY LATEST
    @help LATENCY HELP
    LATENCY FOO
    LATENCY
    CONFIG SET latency-monitor-threshold 0
    == SLOWLOG
    CONFIG SET slowlog-log-slower-than -1
    SLOWLOG RESET
    SLOWLOG LEN
    SLOWLOG GET
    CONFIG SET slowlog-log-slower-than 0
    SET k v
    CONFIG SET slowlog-log-slower-than -1
    SLOWLOG LEN
    @shape SLOWLOG GET
    @shape SLOWLOG GET 1
    @shape SLOWLOG GET -1
    SLOWLOG GET 0
    SLOWLOG GET -2
    SLOWLOG GET abc
    SLOWLOG RESET
    SLOWLOG LEN
    @help SLOWLOG HELP
    SLOWLOG FOO
    SLOWLOG
    SLOWLOG LEN x
    CONFIG SET slowlog-log-slower-than 10000
    == DEBUG
    DEBUG DIGEST
    SET k v
    DEBUG DIGEST
    DEBUG DIGEST-VALUE k
    DEBUG DIGEST-VALUE k missing k
    DEBUG DIGEST-VALUE
    SET k v EX 100
    DEBUG DIGEST
    DEBUG DIGEST-VALUE k
    SELECT 1
    SET k v
    DEBUG DIGEST
    DEBUG SLEEP 0
    DEBUG SLEEP 0.001
    DEBUG SET-ACTIVE-EXPIRE 0
    DEBUG SET-ACTIVE-EXPIRE 1
    DEBUG ERROR "CUSTOM an error"
    @help DEBUG HELP
    DEBUG FOO
    DEBUG
    @prefix DEBUG OBJECT missing
    @type DEBUG OBJECT k
    DEBUG LOG hello
    == DEBUG POPULATE
    DEBUG POPULATE 100
    DBSIZE
    GET key:0
    GET key:99
    DEBUG POPULATE 10 other
    GET other:9
    DEBUG POPULATE 3 sized 20
    GET sized:0
    STRLEN sized:2
    DEBUG POPULATE 10
    DEBUG POPULATE abc
    DEBUG POPULATE 2 short 3
    GET short:1
    DBSIZE
    == DEBUG PROTOCOL in RESP2 | RESP2
    DEBUG PROTOCOL string
    DEBUG PROTOCOL integer
    DEBUG PROTOCOL double
    DEBUG PROTOCOL null
    DEBUG PROTOCOL array
    DEBUG PROTOCOL set
    DEBUG PROTOCOL map
    DEBUG PROTOCOL attrib
    DEBUG PROTOCOL push
    DEBUG PROTOCOL true
    DEBUG PROTOCOL false
    DEBUG PROTOCOL verbatim
    DEBUG PROTOCOL bignum
    DEBUG PROTOCOL foo
    DEBUG PROTOCOL
    == DEBUG PROTOCOL in RESP3 | RESP3
    DEBUG PROTOCOL string
    DEBUG PROTOCOL integer
    DEBUG PROTOCOL double
    DEBUG PROTOCOL null
    DEBUG PROTOCOL array
    DEBUG PROTOCOL set
    DEBUG PROTOCOL map
    DEBUG PROTOCOL attrib
    DEBUG PROTOCOL push
    @read
    DEBUG PROTOCOL true
    DEBUG PROTOCOL false
    DEBUG PROTOCOL verbatim
    DEBUG PROTOCOL bignum
    DEBUG PROTOCOL foo
    DEBUG PROTOCOL
    PING
    == DEBUG DIGEST does not depend on the order of writes
    MSET a 1 b 2 c 3
    DEL b
    SET b 2
    SET a 1
    DEBUG DIGEST
    FLUSHALL
    DEBUG DIGEST
    MSET c 3 a 1
    APPEND b 2
    DEBUG DIGEST
    == SHUTDOWN: mistakes
    SHUTDOWN FOO
    SHUTDOWN NOSAVE SAVE
    SHUTDOWN ABORT
    SHUTDOWN ABORT NOW
    SHUTDOWN NOSAVE FOO
    PING
    """#
