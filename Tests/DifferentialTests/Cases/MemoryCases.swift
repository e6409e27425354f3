/// What is refused where no memory is left.
let memoryCases = #"""
    == Commands that take memory
    SET k v
    CONFIG SET maxmemory 1
    SET k w
    GET k
    APPEND k x
    DEL k
    LPUSH l a
    PING
    @info:maxmemory INFO memory
    @info:evicted_keys INFO stats
    CONFIG SET maxmemory 0
    SET k w
    == A transaction without memory
    CONFIG SET maxmemory 1
    MULTI
    GET k
    SET k v
    EXEC
    MULTI
    DISCARD
    MULTI
    EXEC
    MULTI
    WATCH k
    PING
    DISCARD
    CONFIG SET maxmemory 0
    == A transaction that was queued before
    MULTI
    SET k v
    2: CONFIG SET maxmemory 1
    EXEC
    GET k
    CONFIG SET maxmemory 0
    MULTI
    GET k
    2: CONFIG SET maxmemory 1
    EXEC
    CONFIG SET maxmemory 0
    == The limit within a transaction
    MULTI
    CONFIG SET maxmemory 1
    SET k v
    EXEC
    GET k
    CONFIG SET maxmemory 0
    == Scripts | needs EVAL
    SET k v
    CONFIG SET maxmemory 1
    @prefix EVAL "return redis.call('SET', 'k', 'w')" 1 k
    EVAL "return redis.pcall('SET', 'k', 'w').err" 1 k
    EVAL "return redis.call('GET', 'k')" 1 k
    EVAL_RO "return redis.call('GET', 'k')" 1 k
    EVAL "redis.call('DEL', 'x') return redis.call('SET', 'k', 'w')" 1 k
    EVAL "redis.call('GET', 'k') return redis.pcall('SET', 'k', 'x').err" 1 k
    EVAL "#!lua\nreturn 1" 0
    EVAL "#!lua\nreturn redis.call('SET', 'k', 'y')" 1 k
    EVAL "#!lua flags=allow-oom\nreturn redis.call('SET', 'k', 'y')" 1 k
    EVAL "#!lua flags=no-writes\nreturn redis.call('GET', 'k')" 1 k
    EVAL "#!lua flags=no-writes,allow-stale\nreturn 1" 0
    EVAL_RO "#!lua flags=allow-oom\nreturn 1" 0
    SCRIPT LOAD "return 1"
    FUNCTION LOAD "#!lua name=none\nredis.register_function('none', function() return 1 end)"
    CONFIG SET maxmemory 0
    == Functions | needs FUNCTION
    FUNCTION FLUSH
    FUNCTION LOAD "#!lua name=l\nredis.register_function('f', function() return redis.call('SET', 'k', '1') end)\nredis.register_function{function_name='g', flags={'allow-oom'}, callback=function() return redis.call('SET', 'k', '2') end}\nredis.register_function{function_name='h', flags={'no-writes'}, callback=function() return redis.call('GET', 'k') end}"
    CONFIG SET maxmemory 1
    FCALL f 0
    FCALL g 0
    FCALL h 0
    FCALL_RO h 0
    FCALL_RO f 0
    CONFIG SET maxmemory 0
    FCALL f 0
    FUNCTION FLUSH
    == Scripts in a transaction | needs EVAL
    MULTI
    EVAL "return redis.pcall('SET', 'k', '1').err" 1 k
    EVAL "#!lua\nreturn 1" 0
    2: CONFIG SET maxmemory 1
    EXEC
    CONFIG SET maxmemory 0
    == The table of clients' sizes
    DEBUG CLIENT-EVICTION
    CONFIG SET maxmemory-clients 1
    CONFIG GET maxmemory-clients
    CONFIG SET maxmemory-clients 0
    CONFIG SET maxmemory-clients 50%
    CONFIG GET maxmemory-clients
    CONFIG SET maxmemory-clients 101%
    CONFIG SET maxmemory-clients 0
    == Numbers of the settings
    CONFIG SET maxmemory 100mb
    CONFIG GET maxmemory
    CONFIG SET maxmemory -1
    CONFIG SET maxmemory-eviction-tenacity 101
    CONFIG SET maxmemory-eviction-tenacity 100
    CONFIG SET maxmemory-eviction-tenacity 10
    CONFIG SET maxmemory 0
    """#
