/// EVAL, SCRIPT, FUNCTION and FCALL.
let scriptCases = #"""
    == What Lua values become | needs EVAL
    EVAL "return 1" 0
    EVAL "return 3.99" 0
    EVAL "return -1.9" 0
    EVAL "return -0.0" 0
    EVAL "return 1e300" 0
    EVAL "return {1/0, 0/0, -1/0}" 0
    EVAL "return 'text'" 0
    EVAL "return ''" 0
    EVAL "return nil" 0
    EVAL "return" 0
    EVAL "" 0
    EVAL "return true" 0
    EVAL "return false" 0
    EVAL "return {1,2,nil,3}" 0
    EVAL "return {1.9,true,false,'a',{1,{2,{}}}}" 0
    EVAL "return {a=1}" 0
    EVAL "return {nil,1}" 0
    EVAL "return function() end" 0
    EVAL "return {ok='fine'}" 0
    EVAL "return {ok='a\r\nb'}" 0
    EVAL "return {err='BAD thing'}" 0
    EVAL "return {err='a\r\nb'}" 0
    EVAL "return {ok='OK',err='x y'}" 0
    EVAL "return {err=1}" 0
    EVAL "return {ok=1}" 0
    EVAL "return {double=3.5}" 0
    EVAL "return {double=1/0}" 0
    EVAL "return {double='x'}" 0
    EVAL "return {map={a=1}}" 0
    EVAL "return {map={{1}}}" 0
    EVAL "return {set={a=true}}" 0
    EVAL "return {big_number='123'}" 0
    EVAL "return {big_number='1\r\n2'}" 0
    EVAL "return {verbatim_string={format='txt',string='abc'}}" 0
    EVAL "return {verbatim_string={format='tx',string='abc'}}" 0
    EVAL "return {verbatim_string={string='abc'}}" 0
    EVAL "return cjson.null" 0
    EVAL "return unpack({1,2,3})" 0
    == What replies become in Lua | needs EVAL RPUSH HSET SADD ZADD
    RPUSH l a b
    HSET h f v
    SADD s m
    ZADD z 1.5 m
    EVAL "return type(redis.call('get','missing'))" 0
    EVAL "redis.setresp(3) return type(redis.call('get','missing'))" 0
    EVAL "return redis.call('set','k','v')" 0
    EVAL "return redis.call('set','k','v').ok" 0
    EVAL "return redis.call('lrange','l',0,-1)" 0
    EVAL "return redis.call('llen','l')+1" 0
    EVAL "return redis.call('hgetall','h')" 0
    EVAL "redis.setresp(3) return redis.call('hgetall','h')" 0
    EVAL "redis.setresp(3) return redis.call('hgetall','h').map.f" 0
    EVAL "redis.setresp(3) return tostring(redis.call('smembers','s').set.m)" 0
    EVAL "return redis.call('zscore','z','m')" 0
    EVAL "redis.setresp(3) return redis.call('zscore','z','m')" 0
    EVAL "redis.setresp(3) return tostring(redis.call('zscore','z','m').double)" 0
    EVAL "redis.setresp(3) return redis.call('lolwut').verbatim_string.format" 0
    EVAL "redis.setresp(3) return {true,false,nil}" 0
    EVAL "redis.setresp(3) return false" 0
    EVAL "return redis.setresp(4)" 0
    EVAL "return redis.setresp()" 0
    == Keys and arguments | needs EVAL
    EVAL "return {KEYS[1],KEYS[2],ARGV[1],#KEYS,#ARGV}" 2 a b c d
    EVAL "return {KEYS,ARGV}" 0
    EVAL "return redis.call('set',KEYS[1],ARGV[1])" 1 k "\x00\xff"
    GET k
    EVAL "return x" a
    EVAL "return x" -1
    EVAL "return x" 3 a
    EVAL x
    EVALSHA x 0
    EVALSHA ffffffffffffffffffffffffffffffffffffffff 0
    EVALSHA ffffffffffffffffffffffffffffffffffffffff a
    == Errors | needs EVAL RPUSH
    RPUSH l a
    EVAL "return redis.call('nosuch')" 0
    EVAL "return redis.call('get')" 0
    EVAL "return redis.call('get','l')" 0
    EVAL "return redis.pcall('get','l')" 0
    EVAL "return redis.pcall('get','l').err" 0
    EVAL "local t={} for k in pairs(redis.pcall('get','l')) do t[#t+1]=k end table.sort(t) return t" 0
    EVAL "return select(2,pcall(redis.call,'get','l'))" 0
    EVAL "return {pcall(redis.call,'nosuch')}" 0
    EVAL "return redis.call()" 0
    EVAL "return redis.pcall()" 0
    EVAL "return redis.call('get',{})" 0
    EVAL "return redis.call('set','k',true)" 0
    EVAL "return redis.call('eval','return 1',0)" 0
    EVAL "return redis.call('multi')" 0
    EVAL "return redis.call('config','get','maxmemory')" 0
    EVAL "return redis.call('client','nosuch')" 0
    EVAL "return redis.call('set','k','v','x')" 0
    EVAL "error('boom')" 0
    EVAL "\n\nerror('boom')" 0
    EVAL "error('boom',0)" 0
    EVAL "error({err='My error'})" 0
    EVAL "error({err='a b',source='s',line=4})" 0
    EVAL "return {pcall(function() error('hi') end)}" 0
    EVAL "return {pcall(function() error({err='hi'}) end)}" 0
    EVAL "return {xpcall(function() error('x') end, function(m) return 'h:'..m end)}" 0
    EVAL "(" 0
    EVAL "return redis.error_reply('boom')" 0
    EVAL "return redis.error_reply('-boom')" 0
    EVAL "return redis.error_reply('MY boom')" 0
    EVAL "return redis.error_reply('')" 0
    EVAL "return redis.error_reply(1,2)" 0
    EVAL "return redis.status_reply('a b')" 0
    EVAL "return redis.status_reply()" 0
    EVAL "return redis.sha1hex('')" 0
    EVAL "return redis.sha1hex(1)" 0
    EVAL "return redis.sha1hex()" 0
    EVAL "return redis.log()" 0
    EVAL "return redis.log(10,'x')" 0
    EVAL "return redis.log('a','x')" 0
    EVAL "return redis.log(redis.LOG_DEBUG,'a','b',{})" 0
    EVAL "return redis.set_repl()" 0
    EVAL "return redis.set_repl(9)" 0
    EVAL "return redis.set_repl(redis.REPL_ALL)" 0
    EVAL "return redis.replicate_commands()" 0
    EVAL "return redis.breakpoint()" 0
    EVAL "return redis.acl_check_cmd('get','x')" 0
    EVAL "return redis.acl_check_cmd('nosuch','x')" 0
    EVAL "return {redis.REPL_ALL, redis.REPL_NONE, redis.REPL_AOF, redis.REPL_SLAVE, redis.REPL_REPLICA, redis.LOG_WARNING}" 0
    == The sandbox | needs EVAL
    EVAL "return x" 0
    EVAL "x=1" 0
    EVAL "function f() end" 0
    EVAL "rawset(_G,'x',1)" 0
    EVAL "redis.x=1" 0
    EVAL "rawset(redis,'x',1)" 0
    EVAL "table.insert(redis,1)" 0
    EVAL "table.insert(_G,1)" 0
    EVAL "setmetatable(redis,{})" 0
    EVAL "setmetatable(_G,{})" 0
    EVAL "getmetatable('').__index=1" 0
    EVAL "return tostring(getmetatable(redis))" 0
    EVAL "return dofile('/etc/passwd')" 0
    EVAL "return loadfile('/etc/passwd')" 0
    EVAL "return require('x')" 0
    EVAL "return print('x')" 0
    EVAL "return getfenv()" 0
    EVAL "return setfenv(1,{})" 0
    EVAL "return newproxy(true)" 0
    EVAL "return debug.getinfo(1)" 0
    EVAL "return io.open('/etc/passwd')" 0
    EVAL "return load('return 1')()" 0
    EVAL "return loadstring('return 1')()" 0
    EVAL "return loadstring('\\27Lua')" 0
    EVAL "local f=loadstring('y=1') f()" 0
    EVAL "local t={} for k,v in pairs(redis) do t[#t+1]=k..':'..type(v) end table.sort(t) return t" 0
    EVAL "local t={} for k,v in pairs(table) do t[#t+1]=k..':'..type(v) end table.sort(t) return t" 0
    EVAL "local t={} for k,v in pairs(math) do t[#t+1]=k..':'..type(v) end table.sort(t) return t" 0
    EVAL "local t={} for k,v in pairs(coroutine) do t[#t+1]=k..':'..type(v) end table.sort(t) return t" 0
    EVAL "local function f() return f() + 1 end return f()" 0
    EVAL "local co=coroutine.wrap(function(a) local b=coroutine.yield(a+1) return b*2 end) return {co(1),co(10)}" 0
    EVAL "local co=coroutine.create(function() error('in') end) return {coroutine.resume(co)}" 0
    EVAL "math.randomseed(5) return {math.random(1000),math.random(5,6)}" 0
    EVAL "return rawget(redis,'LOG_DEBUG')" 0
    EVAL "return type(next(redis))" 0
    EVAL "redis.call('select',3) redis.call('set','k','v')" 0
    GET k
    == Shebangs | needs EVAL
    EVAL "#!lua\nreturn 1" 0
    EVAL "#!lua\nreturn x" 0
    EVAL "#!lua flags=no-writes\nreturn redis.call('set','a',1)" 0
    EVAL "#!lua flags=no-writes\nreturn redis.call('get','a')" 0
    EVAL "#!lua flags=nosuch\nreturn 1" 0
    EVAL "#!lua nosuch=x\nreturn 1" 0
    EVAL "#!lua name=x\nreturn 1" 0
    EVAL "#!python\nreturn 1" 0
    EVAL "#!lua flags=\nreturn 1" 0
    EVAL "#!lua flags=no-writes,allow-oom,allow-stale,no-cluster,allow-cross-slot-keys\nreturn 1" 0
    EVAL "#!lua" 0
    EVAL "#!" 0
    EVAL_RO "return redis.call('set','a',1)" 0
    EVAL_RO "return redis.call('get','a')" 0
    EVAL_RO "#!lua\nreturn 1" 0
    EVAL_RO "#!lua flags=no-writes\nreturn 1" 0
    == SCRIPT | needs EVAL SCRIPT
    SCRIPT LOAD "return 1"
    SCRIPT LOAD "("
    SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db x E0E1F9FABFC9D4800C877A703B823AC0578FF8DB
    EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0
    EVALSHA E0E1F9FABFC9D4800C877A703B823AC0578FF8DB 0
    EVALSHA_RO e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0
    SCRIPT FLUSH X
    SCRIPT FLUSH SYNC SYNC
    SCRIPT FLUSH ASYNC
    EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0
    EVAL "return 1" 0
    EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0
    SCRIPT FLUSH
    SCRIPT KILL
    SCRIPT DEBUG NO
    SCRIPT DEBUG X
    @help SCRIPT HELP
    == In a transaction | needs EVAL
    MULTI
    EVAL "return redis.call('incr','n')" 0
    EVAL "return redis.call('nosuch')" 0
    EVAL "redis.call('incr','n') return redis.call('lpush','n',1)" 0
    EXEC
    GET n
    == FUNCTION | needs FUNCTION FCALL
    FUNCTION LOAD "return 1"
    FUNCTION LOAD "#!lua\nreturn 1"
    FUNCTION LOAD "#!lua name=a-b\nreturn 1"
    FUNCTION LOAD "#!lua foo=a\nreturn 1"
    FUNCTION LOAD "#!py name=a\nreturn 1"
    FUNCTION LOAD X x
    FUNCTION LOAD REPLACE
    FUNCTION LOAD "#!lua name=a name=b\nreturn 1"
    FUNCTION LOAD "#!lua name=a"
    FUNCTION LOAD "#!lua name=lib\nreturn 1"
    FUNCTION LOAD "#!lua name=lib\n("
    FUNCTION LOAD "#!lua name=lib\nx=1"
    FUNCTION LOAD "#!lua name=lib\nredis.register_function('f')"
    FUNCTION LOAD "#!lua name=lib\nredis.register_function()"
    FUNCTION LOAD "#!lua name=lib\nredis.register_function('f',1)"
    FUNCTION LOAD "#!lua name=lib\nredis.register_function{}"
    FUNCTION LOAD "#!lua name=lib\nredis.register_function{function_name='f'}"
    FUNCTION LOAD "#!lua name=lib\nredis.register_function{function_name='f',callback=function() end,flags={'x'}}"
    FUNCTION LOAD "#!lua name=lib\nredis.register_function{function_name='f',callback=function() end,flags='x'}"
    FUNCTION LOAD "#!lua name=lib\nredis.register_function{function_name='f',callback=function() end,foo=1}"
    FUNCTION LOAD "#!lua name=lib\nredis.register_function{function_name='f',callback=1}"
    FUNCTION LOAD "#!lua name=lib\nredis.register_function{function_name='f',callback=function(k,a) return {k,a} end,flags={'no-writes'},description='d'}"
    FUNCTION LOAD "#!lua name=lib\nredis.register_function('g',function() end)"
    FUNCTION LOAD "#!lua name=lib2\nredis.register_function('f',function() end)"
    FUNCTION LIST
    FUNCTION LIST WITHCODE LIBRARYNAME L*
    FUNCTION LIST LIBRARYNAME nosuch
    FUNCTION LIST X
    FUNCTION LIST LIBRARYNAME
    FUNCTION STATS
    FCALL f 1 key argument
    FCALL F 0
    FCALL_RO f 0
    FCALL f -1
    FCALL f 5 a
    FCALL f x
    FCALL nosuch x
    FUNCTION LOAD REPLACE "#!lua name=lib\nlocal n=0\nredis.register_function('f',function() n=n+1 return n end)\nredis.register_function('bad',function() return zz end)\nredis.register_function('keys',function() return KEYS end)"
    FCALL f 0
    FCALL f 0
    FCALL_RO f 0
    FCALL bad 0
    FCALL keys 0
    FUNCTION DELETE lib
    FUNCTION DELETE lib
    FCALL f 0
    FUNCTION FLUSH x
    FUNCTION FLUSH ASYNC
    FUNCTION KILL
    FUNCTION DUMP
    FUNCTION RESTORE x
    FUNCTION RESTORE x y
    @help FUNCTION HELP
    == A dump of the reference, compressed | needs FUNCTION FCALL
    FUNCTION FLUSH
    FUNCTION RESTORE "\xf5\xc3\x40\x4d\x40\x87\x1f\x23\x21\x6c\x75\x61\x20\x6e\x61\x6d\x65\x3d\x70\x61\x63\x6b\x65\x64\x0a\x72\x65\x64\x69\x73\x2e\x72\x65\x67\x69\x73\x74\x65\x72\x11\x5f\x66\x75\x6e\x63\x74\x69\x6f\x6e\x28\x27\x74\x77\x69\x63\x65\x27\x2c\xe0\x00\x10\x0a\x29\x20\x72\x65\x74\x75\x72\x6e\x20\x27\x61\xe0\x32\x00\x05\x27\x20\x65\x6e\x64\x29\x0a\x00\x4e\x5e\x47\xa3\x6c\xf2\x46\x7f"
    FUNCTION RESTORE "\xf5\xc3\x40\x4d\x40\x87\x1f\x23\x21\x6c\x75\x61\x20\x6e\x61\x6d\x65\x3d\x70\x61\x63\x6b\x65\x64\x0a\x72\x65\x64\x69\x73\x2e\x72\x65\x67\x69\x73\x74\x65\x72\x11\x5f\x66\x75\x6e\x63\x74\x69\x6f\x6e\x28\x27\x74\x77\x69\x63\x65\x27\x2c\xe0\x00\x10\x0a\x29\x20\x72\x65\x74\x75\x72\x6e\x20\x27\x61\xe0\x32\x00\x05\x27\x20\x65\x6e\x64\x29\x0a\x00\x4e\x5e\x47\xa3\x6c\xf2\x46\x7f"
    FUNCTION RESTORE "\xf5\xc3\x40\x4d\x40\x87\x1f\x23\x21\x6c\x75\x61\x20\x6e\x61\x6d\x65\x3d\x70\x61\x63\x6b\x65\x64\x0a\x72\x65\x64\x69\x73\x2e\x72\x65\x67\x69\x73\x74\x65\x72\x11\x5f\x66\x75\x6e\x63\x74\x69\x6f\x6e\x28\x27\x74\x77\x69\x63\x65\x27\x2c\xe0\x00\x10\x0a\x29\x20\x72\x65\x74\x75\x72\x6e\x20\x27\x61\xe0\x32\x00\x05\x27\x20\x65\x6e\x64\x29\x0a\x00\x4e\x5e\x47\xa3\x6c\xf2\x46\x7f" REPLACE
    FUNCTION RESTORE "\xf5\xc3\x40\x4d\x40\x87\x1f\x23\x21\x6c\x75\x61\x20\x6e\x61\x6d\x65\x3d\x70\x61\x63\x6b\x65\x64\x0a\x72\x65\x64\x69\x73\x2e\x72\x65\x67\x69\x73\x74\x65\x72\x11\x5f\x66\x75\x6e\x63\x74\x69\x6f\x6e\x28\x27\x74\x77\x69\x63\x65\x27\x2c\xe0\x00\x10\x0a\x29\x20\x72\x65\x74\x75\x72\x6e\x20\x27\x61\xe0\x32\x00\x05\x27\x20\x65\x6e\x64\x29\x0a\x00\x4e\x5e\x47\xa3\x6c\xf2\x46\x7f" FLUSH
    FUNCTION LIST
    FCALL twice 0
    FUNCTION FLUSH
    """#
