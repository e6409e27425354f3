/// Hashes, without what is newer than redis-server 7.0. Each case runs twice, with hashes packed and large.
let hashCases = [512, 0].map { entries in
    hashScripts.split(separator: "\n", omittingEmptySubsequences: false)
        .map { line in
            guard line.drop(while: { $0 == " " }).hasPrefix("== ") else { return String(line) }
            let limit = "CONFIG SET hash-max-listpack-entries \(entries)"
            return "\(line) (at most \(entries) fields packed) | needs HSET\n\(limit)"
        }
        .joined(separator: "\n")
}
.joined(separator: "\n")

private let hashScripts = #"""
    == HSET and HGET
    HSET h a 1
    HSET h a 2 b 3
    HSET h a 1 a 2 c 3
    HGET h a
    HGET h missing
    HGET missing a
    HSET h "" empty-field
    HGET h ""
    HSET h empty ""
    HGET h empty
    HSTRLEN h empty
    HSET h "bin\x00\xff\r\n" "\x00\x01\xff"
    HGET h "bin\x00\xff\r\n"
    HSET h %repeat(f,70) v
    HGET h %repeat(f,70)
    HSET h long %repeat(abc,30000)
    HGET h long
    HSTRLEN h long
    HLEN h
    hset H A 1
    HGET H a
    DEBUG DIGEST-VALUE h H
    == HSET: arity and unknown options
    HSET
    HSET h
    HSET h a
    HSET h a 1 b
    HMSET h
    HMSET h a
    HMSET h a 1 b
    HGET
    HGET h
    HGET h a b
    HSETNX h a
    HSETNX h a 1 b
    HMGET h
    HLEN
    HLEN h a
    HDEL h
    HEXISTS h
    HEXISTS h a b
    HSTRLEN h
    HSTRLEN h a b
    HGETALL
    HGETALL h a
    HKEYS
    HVALS
    HINCRBY h a
    HINCRBY h a 1 2
    HINCRBYFLOAT h a
    HRANDFIELD
    HSCAN
    HSCAN h
    EXISTS h
    == HMSET, HMGET, HSETNX
    HMSET h a 1 b 2
    HMGET h a b c a
    HMGET missing a b
    HSETNX h a 5
    HSETNX h c 5
    HSETNX new f v
    HMGET h a c
    HGETALL new
    == HDEL
    HSET h a 1 b 2 c 3
    HDEL h x
    HDEL h a a x
    HDEL missing a
    HLEN h
    @unordered HGETALL h
    HDEL h b c
    EXISTS h
    HDEL h b
    TYPE h
    == HEXISTS, HSTRLEN, HLEN
    HSET h a 1 b -500 c hello d ""
    HEXISTS h a
    HEXISTS h x
    HEXISTS missing a
    HSTRLEN h a
    HSTRLEN h b
    HSTRLEN h c
    HSTRLEN h d
    HSTRLEN h x
    HSTRLEN missing a
    HLEN h
    HLEN missing
    == HGETALL, HKEYS, HVALS
    HGETALL missing
    HKEYS missing
    HVALS missing
    HSET h a 1 b 2 c 3 1 one -7 minus
    @unordered HGETALL h
    @unordered HKEYS h
    @unordered HVALS h
    HDEL h b
    HSET h b again
    @unordered HGETALL h
    == The order of packed hashes
    CONFIG SET hash-max-listpack-entries 512
    HSET h z 1 y 2 x 3
    HSET h y 20 w 4
    HDEL h z
    HSET h z 5
    HGETALL h
    HKEYS h
    HVALS h
    HSCAN h 0
    HRANDFIELD h 10
    HRANDFIELD h 10 WITHVALUES
    == HINCRBY
    HINCRBY h n 5
    HINCRBY h n -10
    HINCRBY h n 0
    HGET h n
    HINCRBY h n 9223372036854775807
    HINCRBY h n 9223372036854775807
    HINCRBY h n -9223372036854775808
    HINCRBY h n -9223372036854775808
    HINCRBY h n -9223372036854775808
    HGET h n
    HINCRBY h n 9223372036854775808
    HINCRBY h n 1.5
    HINCRBY h n ""
    HINCRBY h n " 1"
    HINCRBY h n +1
    HINCRBY h n 01
    HINCRBY h n abc
    HSET h t text s " 5" z 05 p +5 f 1.0 e "" big 9223372036854775808 min -9223372036854775808
    HINCRBY h t 1
    HINCRBY h s 1
    HINCRBY h z 1
    HINCRBY h p 1
    HINCRBY h f 1
    HINCRBY h e 1
    HINCRBY h big 1
    HINCRBY h min 1
    HINCRBY h min -5
    @unordered HGETALL h
    DEBUG DIGEST-VALUE h
    == HINCRBYFLOAT
    HINCRBYFLOAT h n 0.1
    HINCRBYFLOAT h n 0.2
    HINCRBYFLOAT h n -0.3
    HINCRBYFLOAT h n 5.0e3
    HINCRBYFLOAT h n 1e-10
    HINCRBYFLOAT h n -1e-17
    HINCRBYFLOAT h n 0x10
    HINCRBYFLOAT h n abc
    HINCRBYFLOAT h n ""
    HINCRBYFLOAT h n " 1"
    HINCRBYFLOAT h n "1 "
    HINCRBYFLOAT h n nan
    HINCRBYFLOAT h n inf
    HINCRBYFLOAT h n -inf
    HINCRBYFLOAT h n 1e5000
    HSET h i 10 t text s " 5" z 05 e "" x 1e400 inf inf nan nan
    HINCRBYFLOAT h i 1.5
    HINCRBYFLOAT h i -11.5
    HINCRBYFLOAT h t 1
    HINCRBYFLOAT h s 1
    HINCRBYFLOAT h z 1
    HINCRBYFLOAT h e 1
    HINCRBYFLOAT h x 1
    HINCRBYFLOAT h inf 1
    HINCRBYFLOAT h nan 1
    HINCRBYFLOAT h new 3
    HINCRBY h new 3
    HINCRBYFLOAT h large 17179869184.5
    HINCRBYFLOAT h large 9007199254740993
    @unordered HGETALL h
    DEBUG DIGEST-VALUE h
    == HRANDFIELD
    HRANDFIELD missing
    HRANDFIELD missing 5
    HRANDFIELD missing -5 WITHVALUES
    HSET h only 1
    HRANDFIELD h
    HRANDFIELD h 1
    HRANDFIELD h 5
    HRANDFIELD h -3
    HRANDFIELD h 1 WITHVALUES
    HRANDFIELD h -3 withvalues
    HRANDFIELD h 0
    HRANDFIELD h 0 WITHVALUES
    HRANDFIELD h abc
    HRANDFIELD h 1.5
    HRANDFIELD h abc WITHVALUES
    HRANDFIELD h 1 WITHSCORES
    HRANDFIELD h 1 WITHVALUES more
    HRANDFIELD h -9223372036854775808
    HRANDFIELD h -9223372036854775808 WITHVALUES
    HRANDFIELD h 9223372036854775807
    HRANDFIELD h 9223372036854775807 WITHVALUES
    HRANDFIELD h -9223372036854775807 WITHVALUES
    HRANDFIELD h 9223372036854775808
    HSET h b 2 c 3 d 4
    @shape HRANDFIELD h
    @shape HRANDFIELD h 2
    @shape HRANDFIELD h -2 WITHVALUES
    @shape HRANDFIELD h 3 WITHVALUES
    @shape HRANDFIELD h -20
    @unordered HRANDFIELD h 4
    @unordered HRANDFIELD h 10 WITHVALUES
    == HSCAN
    HSCAN missing 0
    HSCAN missing abc
    HSCAN missing 0 FOO
    HSCAN missing 5 COUNT x
    HSET h a 1 b 2 ab 3
    @unordered HSCAN h 0
    @unordered HSCAN h 0 COUNT 100
    @unordered HSCAN h 0 MATCH a*
    @unordered HSCAN h 0 match ?b count 100
    @unordered HSCAN h 0 MATCH *
    HSCAN h 0 MATCH zzz
    HSCAN h abc
    @unordered HSCAN h ""
    HSCAN h 0 COUNT 0
    HSCAN h 0 COUNT abc
    HSCAN h 0 COUNT
    HSCAN h 0 MATCH
    HSCAN h 0 FOO
    HSCAN h 0 TYPE hash
    HSCAN h 18446744073709551616
    == Wrong types
    SET s text
    HSET s a 1
    HMSET s a 1
    HSETNX s a 1
    HGET s a
    HMGET s a b
    HDEL s a
    HEXISTS s a
    HSTRLEN s a
    HLEN s
    HGETALL s
    HKEYS s
    HVALS s
    HINCRBY s a 1
    HINCRBY s a x
    HINCRBYFLOAT s a 1
    HINCRBYFLOAT s a x
    HRANDFIELD s
    HRANDFIELD s 1
    HRANDFIELD s x
    HSCAN s 0
    HSCAN s abc
    HSCAN s 0 FOO
    HSET s a
    GET s
    HSET h a 1
    GET h
    APPEND h x
    SET h now-a-string
    GET h
    == Encodings
    HSET h a 1
    OBJECT ENCODING h
    HSET h %repeat(f,64) %repeat(v,64)
    OBJECT ENCODING h
    HSET h b %repeat(v,65)
    OBJECT ENCODING h
    HDEL h b
    OBJECT ENCODING h
    HSET g %repeat(f,65) 1
    OBJECT ENCODING g
    HSETNX i f %repeat(v,65)
    OBJECT ENCODING i
    HINCRBY j %repeat(f,65) 1
    OBJECT ENCODING j
    CONFIG SET hash-max-listpack-entries 2
    HSET k a 1 b 2
    OBJECT ENCODING k
    HSET k b 3
    OBJECT ENCODING k
    HSET k c 3
    OBJECT ENCODING k
    CONFIG SET hash-max-listpack-entries 512
    HSET k c 4
    OBJECT ENCODING k
    HSET l a 1 b 2 c 3
    CONFIG SET hash-max-listpack-entries 2
    HSET l a 2
    OBJECT ENCODING l
    HSET m a 1
    CONFIG SET hash-max-listpack-value 4
    HSET m b 12345
    OBJECT ENCODING m
    CONFIG SET hash-max-listpack-value 64
    CONFIG SET hash-max-listpack-entries 512
    == Hashes under other keys
    HSET h a 1 b 2
    COPY h c
    HSET c a 5
    HGET h a
    RENAME c d
    HGET d a
    EXPIRE d 100
    HSET d x y
    @about:2 TTL d
    HINCRBY d n 1
    HDEL d x
    @about:2 TTL d
    MOVE d 1
    SELECT 1
    @unordered HGETALL d
    HDEL d a b n
    DBSIZE
    == Numbers as fields and values
    HSET h 1 127 2 128 3 -1 4 4095 5 4096 6 -4096 7 -4097 8 32767 9 32768 10 8388607 11 8388608
    HSET h 12 2147483647 13 2147483648 14 9223372036854775807 15 -9223372036854775808 16 007 17 -0 18 +1
    HMGET h 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18
    HSTRLEN h 15
    HSET h 128 a -129 b 4097 c 8388609 d 9223372036854775807 e
    HMGET h 128 -129 4097 8388609 9223372036854775807 0128
    HDEL h 128 -129 4097
    HLEN h
    DEBUG DIGEST-VALUE h
    DEBUG DIGEST
    == In transactions
    MULTI
    HSET h a 1
    HINCRBY h a 5
    HGET h a
    HINCRBY h a x
    HDEL h a
    EXISTS h
    EXEC
    WATCH h
    HSET h a 1
    MULTI
    HGET h a
    EXEC
    """#
