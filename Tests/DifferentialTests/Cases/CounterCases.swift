/// Strings that count.
let counterCases = #"""
    == INCR and DECR
    INCR n
    INCR n
    GET n
    OBJECT ENCODING n
    DECR n
    DECR m
    SET n 9223372036854775807
    INCR n
    DECR n
    SET n -9223372036854775808
    DECR n
    INCR n
    SET n abc
    INCR n
    DECR n
    SET n ""
    INCR n
    SET n " 1"
    INCR n
    SET n "1 "
    INCR n
    SET n 01
    INCR n
    SET n +1
    INCR n
    SET n -0
    INCR n
    SET n 1.0
    INCR n
    SET n 9223372036854775808
    INCR n
    SET n "1\x00"
    INCR n
    SET t 5 EX 100
    INCR t
    @about:2 TTL t
    INCR
    INCR a b
    DECR
    DECR a b
    == INCRBY and DECRBY
    INCRBY n 5
    INCRBY n -3
    INCRBY n 0
    DECRBY n 10
    DECRBY n -10
    INCRBY n 9223372036854775807
    SET n 1
    INCRBY n 9223372036854775806
    INCRBY n 1
    GET n
    SET n -1
    INCRBY n -9223372036854775808
    INCRBY n -9223372036854775807
    GET n
    SET n 0
    DECRBY n -9223372036854775808
    DECRBY n 9223372036854775807
    DECRBY n 2
    DECRBY n 1
    GET n
    INCRBY n abc
    INCRBY n 1.5
    INCRBY n ""
    INCRBY n 9223372036854775808
    INCRBY n " 1"
    INCRBY n +1
    INCRBY n 01
    DECRBY n abc
    INCRBY n
    INCRBY n 1 2
    DECRBY n
    DECRBY n 1 2
    SET s abc
    INCRBY s 1
    DECRBY s 1
    INCRBY s x
    == INCRBYFLOAT
    INCRBYFLOAT f 0.1
    INCRBYFLOAT f 0.2
    GET f
    OBJECT ENCODING f
    INCRBYFLOAT f -0.3
    INCRBYFLOAT f 5e3
    INCRBYFLOAT f 1e-5
    INCRBYFLOAT f -5000
    SET f 10.50
    INCRBYFLOAT f 0.1
    SET f 3.0e3
    INCRBYFLOAT f 200
    SET f 0
    INCRBYFLOAT f 1
    OBJECT ENCODING f
    INCR f
    SET f 1.5
    INCR f
    SET f 1e300
    INCRBYFLOAT f 1
    SET f 1
    INCRBYFLOAT f 1e17
    INCRBYFLOAT f 0.5
    SET f 0
    INCRBYFLOAT f 1e-17
    SET f 0
    INCRBYFLOAT f 1e-18
    SET f 0
    INCRBYFLOAT f -0.0
    SET f 17179869184
    INCRBYFLOAT f 1.5
    SET f 17179869184
    INCRBYFLOAT f 17179869184
    SET f 0.1
    INCRBYFLOAT f 0.7
    SET f 3.3
    INCRBYFLOAT f -3.3
    SET f 1.23456789012345678
    INCRBYFLOAT f 0
    SET f 0x10
    INCRBYFLOAT f 1
    INCRBYFLOAT g 0x10
    INCRBYFLOAT g 1e4000
    INCRBYFLOAT g 1e400
    INCRBYFLOAT g 1e4932
    == INCRBYFLOAT: what is no number
    INCRBYFLOAT f abc
    INCRBYFLOAT f ""
    INCRBYFLOAT f " 1"
    INCRBYFLOAT f "1 "
    INCRBYFLOAT f nan
    INCRBYFLOAT f NaN
    INCRBYFLOAT f inf
    INCRBYFLOAT f -inf
    INCRBYFLOAT f +inf
    INCRBYFLOAT f infinity
    INCRBYFLOAT f 1e99999
    INCRBYFLOAT f 1.2.3
    INCRBYFLOAT f "1\x00"
    INCRBYFLOAT f 1,5
    INCRBYFLOAT f +1.5
    INCRBYFLOAT f .5
    INCRBYFLOAT f 5.
    GET f
    SET s abc
    INCRBYFLOAT s 1
    SET s " 1"
    INCRBYFLOAT s 1
    SET s "1 "
    INCRBYFLOAT s 1
    SET s ""
    INCRBYFLOAT s 1
    SET s inf
    INCRBYFLOAT s 1
    SET s nan
    INCRBYFLOAT s 1
    INCRBYFLOAT s
    INCRBYFLOAT s 1 2
    SET t 1.5 EX 100
    INCRBYFLOAT t 1
    @about:2 TTL t
    == Reference counts of small integers
    SET a 0
    OBJECT REFCOUNT a
    SET a 9999
    OBJECT REFCOUNT a
    SET a 10000
    OBJECT REFCOUNT a
    SET a -1
    OBJECT REFCOUNT a
    SET a x
    OBJECT REFCOUNT a
    """#
