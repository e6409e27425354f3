/// Users and their rights. The server beside us is 7.0, which has other words than 7.2 for what it refuses, does not show
/// `sanitize-payload` before it was said, and shows rules about commands in another order: those cases are unit tests.
let accessCases = #"""
    == users
    ACL WHOAMI
    ACL USERS
    ACL DELUSER bob
    ACL SETUSER bob sanitize-payload
    # Said once, it is shown by 7.0 too.
    ACL SETUSER default sanitize-payload
    ACL USERS
    ACL LIST
    ACL GETUSER bob
    ACL GETUSER nobody
    ACL DELUSER bob nobody
    ACL DELUSER default
    ACL SETUSER "a b"
    ACL SETUSER "a\x00b"
    ACL SETUSER
    ACL DELUSER
    ACL GETUSER
    ACL GETUSER a b
    ACL LIST x
    ACL USERS x
    ACL WHOAMI x
    ACL NOSUCH
    ACL
    == flags and passwords
    ACL SETUSER bob reset on
    ACL GETUSER bob
    ACL SETUSER bob nopass
    ACL GETUSER bob
    ACL SETUSER bob >a >b >a
    ACL GETUSER bob
    ACL LIST
    ACL SETUSER bob <a
    ACL GETUSER bob
    ACL SETUSER bob <a
    ACL SETUSER bob #ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb
    ACL SETUSER bob #CA978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb
    ACL SETUSER bob #ca97
    ACL SETUSER bob !ca97
    ACL GETUSER bob
    ACL SETUSER bob !ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb
    ACL SETUSER bob !ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb
    ACL GETUSER bob
    ACL SETUSER bob > skip-sanitize-payload off
    ACL GETUSER bob
    ACL SETUSER bob resetpass
    ACL GETUSER bob
    ACL SETUSER bob ON OFF NoPass
    ACL GETUSER bob
    ACL SETUSER bob reset
    ACL GETUSER bob
    ACL DELUSER bob
    == keys
    ACL SETUSER bob reset ~a ~b* ~a
    ACL GETUSER bob
    ACL SETUSER bob "%R~c" "%W~d" "%RW~e" "%wr~f" "%r~b*"
    ACL GETUSER bob
    ACL SETUSER bob "%W~c"
    ACL GETUSER bob
    ACL SETUSER bob allkeys
    ACL GETUSER bob
    ACL SETUSER bob ~x
    ACL SETUSER bob "%R~x"
    ACL SETUSER bob resetkeys ~*
    ACL GETUSER bob
    ACL SETUSER bob resetkeys
    ACL SETUSER bob "%~a"
    ACL SETUSER bob "%RR~a"
    ACL SETUSER bob "%X~a"
    ACL SETUSER bob "~a b"
    ACL SETUSER bob ~
    ACL GETUSER bob
    ACL DELUSER bob
    == channels
    ACL SETUSER bob reset &a &b* &a
    ACL GETUSER bob
    ACL SETUSER bob allchannels
    ACL SETUSER bob &x
    ACL GETUSER bob
    ACL SETUSER bob resetchannels &*
    ACL GETUSER bob
    ACL SETUSER bob resetchannels "&a b"
    ACL SETUSER bob resetchannels
    ACL GETUSER bob
    ACL DELUSER bob
    == commands
    ACL SETUSER bob reset +get
    ACL GETUSER bob
    ACL SETUSER bob +@all
    ACL GETUSER bob
    ACL SETUSER bob -config|set
    ACL GETUSER bob
    ACL SETUSER bob nocommands
    ACL GETUSER bob
    ACL SETUSER bob +select|0
    ACL GETUSER bob
    ACL SETUSER bob +SELECT
    ACL GETUSER bob
    ACL SETUSER bob allcommands
    ACL GETUSER bob
    ACL SETUSER bob -@all
    ACL SETUSER bob +client|setname
    ACL GETUSER bob
    ACL SETUSER bob +client
    ACL GETUSER bob
    ACL SETUSER bob foo
    ACL SETUSER bob +foo
    ACL SETUSER bob -foo
    ACL SETUSER bob +@foo
    ACL SETUSER bob -@foo
    ACL SETUSER bob +client|foo
    ACL SETUSER bob +client|
    ACL SETUSER bob -client|foo
    ACL SETUSER bob -get|foo
    ACL SETUSER bob +config|get|x
    ACL SETUSER bob +get|a|b
    ACL SETUSER bob @all
    ACL GETUSER bob
    ACL DELUSER bob
    == selectors
    ACL SETUSER bob reset "(+get ~a)"
    ACL GETUSER bob
    ACL LIST
    ACL SETUSER bob (+set ~b &c )
    ACL GETUSER bob
    ACL SETUSER bob "(%R~x +@all -debug)" ()
    ACL LIST
    ACL SETUSER bob (
    ACL SETUSER bob on (+get ~x
    ACL SETUSER bob (foo)
    ACL SETUSER bob (on)
    ACL SETUSER bob (+foo)
    ACL SETUSER bob "(~x (+get))"
    ACL GETUSER bob
    ACL SETUSER bob clearselectors
    ACL GETUSER bob
    ACL DELUSER bob
    == a mistake changes nothing
    ACL SETUSER bob reset on ~a +get
    ACL SETUSER bob off ~b +set foo
    ACL GETUSER bob
    ACL SETUSER carl on foo
    ACL GETUSER carl
    ACL DELUSER bob
    == categories
    ACL CAT
    @unordered ACL CAT transaction
    @unordered ACL CAT hyperloglog
    @unordered ACL CAT GEO
    ACL CAT nosuch
    ACL CAT read x
    == GENPASS
    @type ACL GENPASS
    @type ACL GENPASS 5
    ACL GENPASS 0
    ACL GENPASS -1
    ACL GENPASS 4097
    ACL GENPASS x
    ACL GENPASS 1 2
    == DRYRUN
    ACL SETUSER bob reset on nopass +@all -debug -config|set ~k "%R~r*" "%W~w*"
    ACL DRYRUN bob GET k
    ACL DRYRUN bob SET k v
    ACL DRYRUN bob GET r1
    ACL DRYRUN bob SET w1 v
    ACL DRYRUN bob PING
    ACL DRYRUN bob CONFIG GET x
    @type ACL DRYRUN bob CONFIG SET x y
    @type ACL DRYRUN bob GET w1
    @type ACL DRYRUN bob SET r1 v
    @type ACL DRYRUN bob SET w1 v GET
    @type ACL DRYRUN bob DEBUG SLEEP 0
    ACL DRYRUN bob COPY r1 w1
    @type ACL DRYRUN bob COPY w1 r1
    ACL DRYRUN bob EXISTS w1
    @type ACL DRYRUN bob EXISTS x
    ACL DRYRUN bob SORT r1 STORE w1
    @type ACL DRYRUN bob SORT w1 STORE r1
    ACL DRYRUN bob GEORADIUS r1 0 0 1 m STORE w1
    @type ACL DRYRUN bob GEORADIUS r1 0 0 1 m STORE r1
    ACL DRYRUN bob XREAD STREAMS r1 r2 0 0
    @type ACL DRYRUN bob XREAD STREAMS r1 w2 0 0
    ACL DRYRUN bob ZUNIONSTORE w1 2 r1 r2
    @type ACL DRYRUN bob ZUNIONSTORE w1 2 r1 x
    ACL DRYRUN bob BITFIELD r1 GET u8 0
    @type ACL DRYRUN bob BITFIELD r1 SET u8 0 1
    ACL DRYRUN bob MSET k v w1 v
    @type ACL DRYRUN bob MSET k v r1 v
    ACL DRYRUN bob AUTH x
    ACL DRYRUN nobody GET k
    ACL DRYRUN bob NOSUCH
    ACL DRYRUN bob CLIENT NOSUCH
    ACL DRYRUN bob CLIENT
    ACL DRYRUN bob GET
    ACL DRYRUN bob GET a b
    ACL DRYRUN bob
    ACL DELUSER bob
    == rights are checked
    ACL SETUSER bob reset on >p ~k +get +set +multi +exec +sort
    2: AUTH bob wrong
    2: AUTH bob p
    2: GET k
    2: @prefix GET x
    2: @prefix DEL k
    2: @prefix ACL WHOAMI
    2: MULTI
    2: @prefix GET x
    2: EXEC
    2: MULTI
    2: GET k
    ACL SETUSER bob -get
    2: SET k v
    2: @shape EXEC
    GET k
    ACL SETUSER bob +get
    2: SORT k BY nosort
    2: SORT k BY w_*
    2: SORT k GET #
    2: SORT k GET w_*
    2: RESET
    2: GET x
    ACL DELUSER bob
    == the log
    ACL LOG RESET
    ACL SETUSER bob reset on nopass ~k +get
    2: AUTH bob x
    2: @prefix SET k v
    2: @prefix GET x
    2: @prefix GET x
    2: AUTH nobody x
    @ignore ACL LOG
    ACL LOG 0
    ACL LOG -1
    ACL LOG x
    ACL LOG 1 2
    ACL LOG RESET
    ACL LOG
    ACL DELUSER bob
    == authentication
    ACL SETUSER bob reset on >p ~* +@all
    2: AUTH p
    2: AUTH bob p
    2: ACL WHOAMI
    2: AUTH default any
    2: ACL WHOAMI
    2: @keys HELLO 3 AUTH bob p
    2: ACL WHOAMI
    2: HELLO 3 AUTH bob wrong
    2: ACL WHOAMI
    ACL SETUSER bob off
    2: AUTH bob p
    2: PING
    ACL SETUSER default >secret
    3: PING
    3: AUTH secret
    3: AUTH wrong
    3: PING
    ACL SETUSER default resetpass nopass
    ACL DELUSER bob
    == the file
    ACL LOAD
    ACL SAVE
    @help ACL HELP
    == clients by user
    ACL SETUSER bob reset on nopass +@all
    2: AUTH bob x
    CLIENT KILL USER nobody
    CLIENT KILL USER bob
    ACL DELUSER bob
    """#
