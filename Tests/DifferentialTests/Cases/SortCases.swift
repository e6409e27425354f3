/// SORT and SORT_RO.
let sortCases = #"""
    == SORT by numbers | needs RPUSH SORT
    SORT missing
    RPUSH l 10 9 -1 2.5 1e1 0x10 inf -inf
    SORT l
    SORT l DESC
    SORT l asc
    SORT l DESC ASC
    SORT l LIMIT 1 3
    SORT l LIMIT 0 0
    SORT l LIMIT 5 100
    SORT l LIMIT 100 5
    SORT l LIMIT -3 2
    SORT l LIMIT 2 -1
    SORT l LIMIT 2 -7
    SORT l LIMIT 9223372036854775807 9223372036854775807
    SORT l LIMIT -9223372036854775808 -9223372036854775808
    SORT l LIMIT 1 1 LIMIT 2 2
    SORT_RO l LIMIT 0 3
    RPUSH m 3 1 2
    SORT m
    SORT m DESC LIMIT 0 1
    == What counts as a number | needs RPUSH SORT
    RPUSH l 1 " 5" ""
    SORT l
    DEL l
    RPUSH l "1 " 2
    SORT l
    DEL l
    RPUSH l "1\x002" 0
    SORT l
    DEL l
    RPUSH l nan 1
    SORT l
    DEL l
    RPUSH l +1 -0 0 0.0 1 01
    SORT l
    SORT l DESC
    DEL l
    RPUSH l a b
    SORT l
    SORT l STORE d
    EXISTS d
    SORT l BY nosort
    DEL l
    # redis-server 7.0 remembers from here on that a number was out of range.
    RPUSH l 1e400 1
    SORT l
    DEL l
    RPUSH l 1e-400 1
    SORT l
    == SORT by text | needs RPUSH SORT
    RPUSH l b a B 10 9 aa "" "\xff"
    SORT l ALPHA
    SORT l ALPHA DESC
    SORT l ALPHA LIMIT 2 3
    SORT l ALPHA STORE d
    LRANGE d 0 -1
    SORT_RO l ALPHA LIMIT 0 1
    == SORT by other keys | needs RPUSH SORT
    RPUSH l a b c d
    MSET w_a 3 w_b 1 w_d 2 v_a A v_c C
    SORT l BY w_*
    SORT l BY w_* DESC
    SORT l BY w_* ALPHA
    SORT l BY w_* ALPHA DESC
    SORT l BY w_* GET v_*
    SORT l BY w_* GET v_* GET # GET w_*
    SORT l BY w_* GET v_* GET nostar GET *
    SORT l BY nosort GET #
    SORT l BY nosort
    SORT l BY nosort DESC
    SORT l BY nosort DESC LIMIT 1 2
    SORT l BY nosort LIMIT 1 2
    SORT l BY nosort LIMIT 9 2
    SORT l BY nosort ALPHA DESC
    SORT l BY # ALPHA
    SORT l BY * ALPHA
    SORT l BY nosort BY w_*
    SORT l BY w_* BY nosort
    SORT l BY w_*->
    SORT l BY w_*->f
    SORT l GET v_*-> ALPHA
    SORT l GET v_*->f ALPHA
    SET w_a x
    SORT l BY w_*
    SORT l BY w_* ALPHA LIMIT 0 4
    SORT_RO l BY w_* ALPHA GET w_*
    == SORT by fields of hashes | needs RPUSH SORT HSET
    RPUSH l 1 2 3
    HSET h_1 w 30 n one
    HSET h_2 w 20 n two
    HSET h_3 w 10
    SORT l BY h_*->w
    SORT l BY h_*->w GET h_*->n
    SORT l BY h_*->n ALPHA
    SORT l BY h_*->missing
    SORT l BY h_*
    SORT l GET h_*
    SORT l BY h_*->w GET # GET h_*->n DESC STORE d
    LRANGE d 0 -1
    SET h->x 5
    SET h_->1 9
    SORT l GET h_->*
    SORT l GET h_*->w->n
    SORT l BY w->* DESC
    == SORT of sets | needs SORT RPUSH
    SADD s 3 1 2 10
    SORT s
    SORT s DESC
    SORT s ALPHA
    SORT s BY nosort
    SORT s BY nosort DESC
    SORT s BY nosort LIMIT 1 2
    SORT s BY nosort STORE d
    LRANGE d 0 -1
    SORT s BY nosort DESC STORE d
    LRANGE d 0 -1
    SORT s BY nosort LIMIT 1 2 STORE d
    LRANGE d 0 -1
    SADD t c b a
    SORT t ALPHA LIMIT 0 2
    MSET w_a 1 w_b 0
    SORT t BY w_* ALPHA
    SORT t BY w_* GET w_*
    == SORT of sorted sets | needs SORT ZADD
    ZADD z 3 a 1 b 2 c 2 d
    SORT z ALPHA
    SORT z ALPHA DESC
    SORT z BY nosort
    SORT z BY nosort DESC
    SORT z BY nosort LIMIT 1 2
    SORT z BY nosort DESC LIMIT 1 2
    SORT z BY nosort DESC LIMIT 3 9
    SORT z BY nosort GET #
    == SORT with STORE | needs RPUSH SORT
    RPUSH l 3 1 2
    SET v_1 one
    SET d x EX 100
    SORT l STORE d
    TTL d
    TYPE d
    LRANGE d 0 -1
    SORT l GET v_* GET # STORE d
    LRANGE d 0 -1
    SORT l STORE d STORE e
    EXISTS e
    SORT l STORE l
    LRANGE l 0 -1
    SORT missing STORE d
    EXISTS d
    SORT missing STORE d
    SORT l LIMIT 5 5 STORE e
    EXISTS e
    == SORT: mistakes | needs RPUSH SORT
    SET k v
    RPUSH l 1
    SORT
    SORT k
    SORT k FOO
    SORT k STORE d
    SORT l FOO
    SORT l BY
    SORT l GET
    SORT l STORE
    SORT l LIMIT
    SORT l LIMIT 1
    SORT l LIMIT a 1
    SORT l LIMIT 1 a
    SORT l LIMIT 1.5 a
    SORT l LIMIT a a FOO
    SORT missing FOO
    SORT missing LIMIT a 1
    SORT_RO l STORE d
    SORT_RO k
    SORT_RO missing
    SORT_RO
    COMMAND GETKEYS SORT l STORE d
    COMMAND GETKEYS SORT l BY w_* GET v_*
    COMMAND GETKEYS SORT_RO l BY w_*
    """#
