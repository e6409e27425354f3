/// CLIENT TRACKING and what belongs to it. In RESP3 what a client is told comes between its replies.
let trackingCases = #"""
    == Options, and what they contradict
    CLIENT TRACKING
    CLIENT TRACKING MAYBE
    CLIENT TRACKING ON NONSENSE
    CLIENT TRACKING MAYBE REDIRECT 99999
    CLIENT TRACKING ON REDIRECT
    CLIENT TRACKING ON REDIRECT x
    CLIENT TRACKING ON REDIRECT 0
    CLIENT TRACKING ON REDIRECT -1
    CLIENT TRACKING ON REDIRECT 99999
    CLIENT TRACKING ON REDIRECT %id1 REDIRECT %id2
    CLIENT TRACKING ON PREFIX
    CLIENT TRACKING ON PREFIX a
    CLIENT TRACKING ON BCAST OPTIN
    CLIENT TRACKING ON BCAST OPTOUT
    CLIENT TRACKING ON OPTIN OPTOUT
    CLIENT TRACKING OFF PREFIX a BCAST OPTIN OPTOUT
    CLIENT GETREDIR
    CLIENT GETREDIR x
    @unordered CLIENT TRACKINGINFO
    CLIENT TRACKINGINFO x
    CLIENT CACHING YES
    CLIENT CACHING
    CLIENT CACHING MAYBE
    == Modes cannot be switched
    CLIENT TRACKING ON
    CLIENT TRACKING ON BCAST
    CLIENT TRACKING ON OPTIN
    CLIENT TRACKING ON OPTOUT
    CLIENT TRACKING ON
    CLIENT TRACKING ON OPTOUT NOLOOP
    CLIENT TRACKINGINFO
    CLIENT TRACKING OFF
    CLIENT TRACKING ON BCAST
    CLIENT TRACKING ON
    CLIENT TRACKING ON OPTIN
    CLIENT TRACKING ON BCAST NOLOOP
    CLIENT TRACKINGINFO
    == Prefixes must not overlap
    CLIENT TRACKING ON BCAST PREFIX foo PREFIX foobar
    CLIENT TRACKING ON BCAST PREFIX foo PREFIX foo
    CLIENT TRACKING ON BCAST PREFIX foo PREFIX bar
    CLIENT TRACKING ON BCAST PREFIX foobar
    CLIENT TRACKING ON BCAST PREFIX f
    CLIENT TRACKING ON BCAST PREFIX bar
    CLIENT TRACKING ON BCAST PREFIX ""
    CLIENT TRACKING ON BCAST PREFIX zoo PREFIX apple
    CLIENT TRACKINGINFO
    CLIENT TRACKING ON BCAST
    CLIENT TRACKINGINFO
    RESET
    CLIENT TRACKINGINFO
    == CACHING and its flags
    CLIENT TRACKING ON
    CLIENT CACHING YES
    CLIENT CACHING NO
    CLIENT TRACKING OFF
    CLIENT TRACKING ON OPTIN
    CLIENT CACHING NO
    CLIENT CACHING MAYBE
    CLIENT CACHING YES
    CLIENT TRACKINGINFO
    CLIENT TRACKINGINFO
    PING
    CLIENT TRACKINGINFO
    CLIENT CACHING YES
    MULTI
    PING
    CLIENT TRACKINGINFO
    EXEC
    CLIENT TRACKINGINFO
    CLIENT TRACKING OFF
    CLIENT TRACKING ON OPTOUT
    CLIENT CACHING YES
    CLIENT CACHING NO
    CLIENT TRACKINGINFO
    == Redirection
    2: PING
    CLIENT TRACKING ON REDIRECT %id2
    @type CLIENT GETREDIR
    CLIENT TRACKING ON
    CLIENT GETREDIR
    == Keys that were read | RESP3
    CLIENT TRACKING ON
    GET k
    MGET k l m
    2: SET k 1
    @read
    2: SET k 2
    2: DEL l
    2: MSET l 1 m 2
    @read
    @read
    GET k
    SET k 3
    @read
    GET k
    2: EXPIRE k 100
    @read
    STRLEN k
    2: RENAME k l
    @read
    EXISTS l k
    2: COPY l k
    @read
    LRANGE list 0 -1
    2: RPUSH list a b
    @read
    HGET h f
    2: HSET h f v
    @read
    SISMEMBER s m
    2: SADD s m
    @read
    SADD s m
    2: SREM s m
    PING
    == Own changes come after the reply | RESP3
    CLIENT TRACKING ON
    MGET k l
    MULTI
    SET k 1
    GET k
    INCR l
    EXEC
    @read
    @read
    PING
    2: SET k 5
    @read
    PING
    == A transaction that reads what it changed | RESP3
    CLIENT TRACKING ON
    MULTI
    SET k 1
    GET k
    EXEC
    PING
    2: SET k 2
    @read
    PING
    == Own changes are left out with NOLOOP | RESP3
    CLIENT TRACKING ON NOLOOP
    GET k
    SET k 1
    GET k
    2: SET k 2
    @read
    PING
    == A flush | RESP3
    CLIENT TRACKING ON
    2: CLIENT TRACKING ON BCAST
    GET k
    3: FLUSHDB
    @read
    2: @read
    FLUSHALL
    @read
    2: @read
    MULTI
    FLUSHALL
    PING
    EXEC
    @read
    2: @read
    PING
    2: PING
    == OPTIN | RESP3
    CLIENT TRACKING ON OPTIN
    GET a
    CLIENT CACHING YES
    GET b
    GET c
    CLIENT CACHING YES
    MULTI
    GET d
    GET e
    EXEC
    GET f
    2: MSET a 1 b 2 c 3 d 4 e 5 f 6
    @read
    @read
    @read
    PING
    == OPTOUT | RESP3
    CLIENT TRACKING ON OPTOUT
    GET a
    CLIENT CACHING NO
    GET b
    GET c
    2: MSET a 1 b 2 c 3
    @read
    @read
    PING
    == Prefixes | RESP3
    CLIENT TRACKING ON BCAST PREFIX user: PREFIX object:
    2: CLIENT TRACKING ON BCAST
    3: MSET user:2 1 user:1 2 other 3
    @read
    2: @read
    3: SET object:1 2
    @read
    2: @read
    3: SET none 2
    2: @read
    PING
    2: PING
    SET user:1 5
    @read
    2: @read
    == Prefixes with NOLOOP | RESP3
    CLIENT TRACKING ON BCAST NOLOOP
    SET k 1
    PING
    2: SET k 2
    @read
    PING
    == Redirected to a client of RESP3 | RESP3
    2: PING
    CLIENT TRACKING ON REDIRECT %id2
    GET k
    3: SET k 1
    2: @read
    2: PING
    PING
    == Redirected to a listener | RESP2 | needs SUBSCRIBE
    2: SUBSCRIBE __redis__:invalidate
    CLIENT TRACKING ON REDIRECT %id2
    GET k
    3: SET k 1
    2: @read
    GET k
    SET k 2
    2: @read
    3: FLUSHALL
    2: @read
    2: PING
    CLIENT TRACKING OFF
    CLIENT TRACKING ON BCAST REDIRECT %id2
    3: MSET a 1 b 2
    2: @read
    == Who waits is told first | RESP3
    CLIENT TRACKING ON
    XREAD COUNT 1 STREAMS s 0
    @noreply XREAD BLOCK 0 STREAMS s $
    2: XADD s 1-1 f v
    @read
    @read
    PING
    == Errors of reading are reads | RESP3
    RPUSH l a
    CLIENT TRACKING ON
    GET l
    2: DEL l
    @read
    PING
    """#
