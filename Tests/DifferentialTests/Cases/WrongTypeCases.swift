/// What string commands say to a value of another type. Each case needs the command that makes such a value, and waits
/// for the change that adds it.
let wrongTypeCases = ["LPUSH k e", "SADD k e", "HSET k f v", "ZADD k 1 m", "XADD k 1-1 f v"].map { maker in
    let command = maker.prefix { $0 != " " }
    return """
        == String commands on what \(command) makes | needs \(command)
        \(maker)
        \(stringCommands)
        == Bitmap commands on what \(command) makes | needs \(command)
        \(maker)
        \(bitmapCommands)
        == Generic commands on what \(command) makes | needs \(command)
        \(maker)
        \(genericCommands)

        """
}.joined()

private let stringCommands = """
    GET k
    GETSET k v
    GETDEL k
    GETEX k
    GETEX k EX 10
    SET k v GET
    SET k v NX GET
    SET k v XX GET
    SETNX k v
    APPEND k v
    STRLEN k
    SETRANGE k 0 v
    SETRANGE k 0 ""
    SETRANGE k -1 v
    GETRANGE k 0 -1
    GETRANGE k a b
    SUBSTR k 0 -1
    INCR k
    DECR k
    INCRBY k 1
    INCRBY k abc
    DECRBY k 1
    INCRBYFLOAT k 1
    INCRBYFLOAT k abc
    MGET k missing
    MSETNX k v l v
    LCS k missing
    LCS missing k
    TYPE k
    SET k v
    TYPE k
    """

private let bitmapCommands = """
    SETBIT k 0 1
    SETBIT k -1 1
    GETBIT k 0
    BITCOUNT k
    BITCOUNT k 0 -1
    @type BITCOUNT k a b
    BITPOS k 1
    BITPOS k 2
    BITPOS missing 1
    BITOP AND d k
    BITOP OR d missing k
    BITOP NOT k missing
    EXISTS k
    BITFIELD l GET u8 0
    """

private let genericCommands = """
    TYPE k
    EXISTS k
    TOUCH k
    EXPIRE k 100
    @about:2 TTL k
    PERSIST k
    COPY k l
    TYPE l
    RENAME l m
    TYPE m
    RENAMENX m k
    @encoding OBJECT ENCODING k
    OBJECT REFCOUNT k
    @unordered SCAN 0 COUNT 100 TYPE string
    MOVE m 1
    UNLINK k
    EXISTS k
    """
