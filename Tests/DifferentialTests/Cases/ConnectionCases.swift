/// Connections: greeting, names, lists, and ends.
let connectionCases = #"""
    == PING and ECHO
    PING
    PING hello
    PING ""
    PING "\x00\xff"
    PING a b
    ECHO hello
    ECHO ""
    ECHO "\r\n"
    ECHO %repeat(x,100000)
    ECHO
    ECHO a b
    ping
    == HELLO
    @keys HELLO
    @keys HELLO 2
    HELLO 1
    HELLO 4
    HELLO 0
    HELLO -1
    HELLO abc
    HELLO ""
    HELLO 3.0
    HELLO 9223372036854775808
    HELLO 3 FOO
    HELLO 3 AUTH
    HELLO 3 AUTH user
    HELLO 3 AUTH user password
    @keys HELLO 3 AUTH default password
    HELLO 3 SETNAME
    HELLO 3 SETNAME "with blank"
    HELLO 2 SETNAME %repeat(n,10) FOO
    @keys HELLO 3 SETNAME greeted
    CLIENT GETNAME
    @keys HELLO 2 SETNAME ""
    CLIENT GETNAME
    GET missing
    @keys HELLO 3
    GET missing
    @keys HELLO 3 AUTH default "" SETNAME again
    CLIENT GETNAME
    == HELLO inside a transaction
    MULTI
    HELLO 3
    GET missing
    HELLO 2
    GET missing
    @shape EXEC
    GET missing
    == AUTH without a password configured
    AUTH
    AUTH password
    AUTH default password
    AUTH default ""
    AUTH nobody password
    AUTH a b c
    AUTH ""
    == AUTH with a password configured
    CONFIG SET requirepass secret
    2: PING
    2: GET k
    2: FOO
    2: GET
    # The text of this error was written anew in later versions.
    2: @prefix HELLO
    2: @prefix HELLO 3
    2: @prefix HELLO 3 SETNAME x
    2: HELLO 3 AUTH default wrong
    2: AUTH wrong
    2: AUTH default wrong
    2: AUTH nobody secret
    2: RESET
    2: AUTH secret
    2: PING
    3: MULTI
    3: EXEC
    3: @keys HELLO 3 AUTH default secret
    3: GET missing
    3: RESET
    3: PING
    3: AUTH default secret
    3: PING
    3: QUIT
    CONFIG SET requirepass ""
    4: PING
    == SELECT
    SELECT 1
    SET k v
    SELECT 0
    GET k
    SELECT 15
    SELECT 16
    SELECT 1.0
    == QUIT
    QUIT
    PING
    2: QUIT extra
    2: PING
    == QUIT inside a transaction
    MULTI
    SET k v
    QUIT
    PING
    2: GET k
    == RESET
    SELECT 3
    CLIENT SETNAME named
    MULTI
    SET k v
    RESET
    EXEC
    CLIENT GETNAME
    GET missing
    SET where zero
    RESET x
    SELECT 3
    GET where
    WATCH where
    2: SET where other
    RESET
    2: SELECT 3
    2: SET where else
    MULTI
    PING
    EXEC
    == CLIENT names
    CLIENT GETNAME
    CLIENT SETNAME me
    CLIENT GETNAME
    CLIENT SETNAME ""
    CLIENT GETNAME
    CLIENT SETNAME "with blank"
    CLIENT SETNAME "new\nline"
    CLIENT SETNAME "\x7f"
    CLIENT SETNAME "\xc3\xa9"
    CLIENT SETNAME !~
    CLIENT GETNAME
    CLIENT SETNAME
    CLIENT SETNAME a b
    CLIENT GETNAME x
    client setname lower
    client getname
    == CLIENT ID, INFO and LIST
    @type CLIENT ID
    CLIENT ID x
    @fields CLIENT INFO
    @fields CLIENT LIST
    @fields CLIENT LIST TYPE normal
    @fields CLIENT LIST TYPE NORMAL
    CLIENT LIST TYPE pubsub
    CLIENT LIST TYPE replica
    CLIENT LIST TYPE slave
    CLIENT LIST TYPE master
    CLIENT LIST TYPE foo
    CLIENT LIST TYPE
    CLIENT LIST FOO
    @fields CLIENT LIST ID %id1
    @fields CLIENT LIST ID %id1 %id2
    CLIENT LIST ID 999999999
    CLIENT LIST ID
    CLIENT LIST ID abc
    CLIENT LIST ID 0
    CLIENT LIST ID -1
    CLIENT LIST TYPE normal extra
    CLIENT INFO x
    == CLIENT KILL
    2: PING
    CLIENT KILL ID %id2
    2: PING
    3: PING
    CLIENT KILL %address3
    3: PING
    CLIENT KILL 127.0.0.1:1
    CLIENT KILL ADDR 127.0.0.1:1
    4: PING
    CLIENT KILL ADDR %address4
    4: PING
    CLIENT KILL ID 999999999
    CLIENT KILL ID abc
    CLIENT KILL ID 0
    CLIENT KILL ID -1
    CLIENT KILL TYPE foo
    CLIENT KILL TYPE pubsub
    CLIENT KILL TYPE replica
    CLIENT KILL TYPE master
    CLIENT KILL USER nobody
    CLIENT KILL SKIPME foo
    CLIENT KILL ID %id1 SKIPME yes
    CLIENT KILL LADDR 127.0.0.1:1
    CLIENT KILL FOO bar
    CLIENT KILL ID
    CLIENT KILL ID 1 FOO
    CLIENT KILL
    CLIENT KILL foo
    PING
    == CLIENT KILL of oneself
    CLIENT KILL ID %id1 SKIPME no
    PING
    == CLIENT KILL of oneself by address
    CLIENT KILL %address1
    PING
    == CLIENT KILL by user
    2: PING
    CLIENT KILL USER default ID %id2
    2: PING
    == CLIENT REPLY
    @noreply CLIENT REPLY OFF
    @noreply PING
    @noreply SET k v
    CLIENT REPLY ON
    GET k
    @noreply CLIENT REPLY SKIP
    @noreply SET k w
    GET k
    @noreply CLIENT REPLY SKIP
    @noreply FOO
    PING
    CLIENT REPLY FOO
    CLIENT REPLY
    CLIENT REPLY ON x
    @noreply CLIENT REPLY OFF
    @noreply CLIENT REPLY SKIP
    @noreply PING
    CLIENT REPLY ON
    PING
    == CLIENT NO-EVICT, UNBLOCK, PAUSE, GETREDIR
    CLIENT NO-EVICT ON
    CLIENT NO-EVICT off
    CLIENT NO-EVICT FOO
    CLIENT NO-EVICT
    CLIENT UNBLOCK %id1
    CLIENT UNBLOCK 999999999
    CLIENT UNBLOCK abc
    CLIENT UNBLOCK %id1 TIMEOUT
    CLIENT UNBLOCK %id1 ERROR
    CLIENT UNBLOCK %id1 FOO
    CLIENT UNBLOCK
    CLIENT PAUSE
    CLIENT PAUSE abc
    CLIENT PAUSE -1
    CLIENT PAUSE 10 FOO
    CLIENT PAUSE 0
    CLIENT PAUSE 1 WRITE
    CLIENT UNPAUSE
    CLIENT UNPAUSE x
    CLIENT GETREDIR
    CLIENT GETREDIR x
    SET k v
    == CLIENT PAUSE holds writes and lets reads pass
    SET k v
    CLIENT PAUSE 20 WRITE
    GET k
    SET k w
    GET k
    CLIENT PAUSE 20
    GET k
    CLIENT UNPAUSE
    == CLIENT: unknown subcommands
    @help CLIENT HELP
    CLIENT HELP x
    CLIENT
    CLIENT FOO
    CLIENT FOO bar
    CLIENT ""
    CLIENT %repeat(f,200)
    == Unknown commands
    FOO
    foo bar
    FOO a b c
    FOO ""
    FOO "\x00\xff\r\n"
    "" a
    "two words" a
    %repeat(F,200)
    %repeat(F,200) a b
    FOO %repeat(a,200) b
    FOO %repeat(a,60) %repeat(b,60) %repeat(c,60)
    FOO %repeat(a,120) b
    FOO 'it''s'
    FOO "a'b"
    "\r\n"
    GETX k
    GE k
    @help COMMAND HELP
    """#
