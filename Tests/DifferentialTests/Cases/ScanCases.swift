/// SCAN: the order and the cursors are a server's own, so a whole scan fits into one call here.
let scanCases = #"""
    == SCAN of an empty database
    SCAN 0
    SCAN 0 MATCH *
    SCAN 0 COUNT 10
    SCAN 0 TYPE string
    == SCAN in one call
    MSET a 1 b 2 c 3 ab 4 abc 5
    @unordered SCAN 0 COUNT 1000
    @unordered SCAN 0 COUNT 1000 MATCH a*
    @unordered SCAN 0 MATCH ?b* COUNT 1000
    @unordered SCAN 0 count 1000 match *
    @unordered SCAN 0 COUNT 1000 TYPE string
    @unordered SCAN 0 COUNT 1000 TYPE STRING
    @unordered SCAN 0 COUNT 1000 TYPE hash
    @unordered SCAN 0 COUNT 1000 MATCH zzz
    @unordered SCAN 0 COUNT 1000 MATCH a
    @unordered SCAN 0 COUNT 1000 MATCH ""
    @unordered SCAN 0 COUNT 9223372036854775807
    SET gone v PXAT 1
    @unordered SCAN 0 COUNT 1000
    SELECT 1
    SCAN 0
    == SCAN: mistakes
    SET k v
    SCAN abc
    @type SCAN -1
    SCAN ""
    SCAN " 0"
    SCAN 1.5
    @type SCAN 18446744073709551615
    SCAN 18446744073709551616
    SCAN 0 COUNT 0
    SCAN 0 COUNT -1
    SCAN 0 COUNT abc
    SCAN 0 COUNT
    SCAN 0 MATCH
    SCAN 0 TYPE
    SCAN 0 FOO
    SCAN 0 FOO bar
    SCAN 0 COUNT 10 COUNT
    SCAN
    SCAN abc COUNT 0
    @unordered SCAN 0 COUNT 10 COUNT 1000 MATCH x MATCH *
    """#
