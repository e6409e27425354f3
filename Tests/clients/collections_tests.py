"""Lists, sets, hashes, sorted sets, streams, HyperLogLog and geo through redis-py; mixed into the suite's classes."""

import threading
import time

import redis


class Collections:
    """The tests; `self.r` is a client, `self.client()` makes another, `self.in_threads` runs a function in threads."""

    def test_lists(self):
        self.assertEqual(self.r.rpush("l", "a", "b", "c"), 3)
        self.assertEqual(self.r.lpush("l", "0"), 4)
        self.assertEqual(self.r.lrange("l", 0, -1), [b"0", b"a", b"b", b"c"])
        self.assertEqual(self.r.lindex("l", -1), b"c")
        self.assertEqual(self.r.linsert("l", "before", "b", "x"), 5)
        self.assertTrue(self.r.lset("l", 0, "zero"))
        self.assertEqual(self.r.lpos("l", "b"), 3)
        self.assertEqual(self.r.lpos("l", "b", count=0), [3])
        self.assertEqual(self.r.lrem("l", 0, "x"), 1)
        self.assertEqual(self.r.lpop("l"), b"zero")
        self.assertEqual(self.r.rpop("l", 2), [b"c", b"b"])
        self.assertEqual(self.r.lmove("l", "m", "LEFT", "RIGHT"), b"a")
        self.assertEqual(self.r.exists("l"), 0)
        self.assertIsNone(self.r.lpop("l"))
        self.assertEqual(self.r.lmpop(2, "l", "m", direction="LEFT"), [b"m", [b"a"]])
        self.assertIsNone(self.r.lmpop(2, "l", "m", direction="LEFT"))

    def test_long_lists(self):
        values = [f"value:{i}".encode() * (i % 7 + 1) for i in range(20000)]
        for start in range(0, len(values), 1000):
            self.r.rpush("l", *values[start:start + 1000])
        self.assertEqual(self.r.object("encoding", "l"), b"quicklist")
        self.assertEqual(self.r.lrange("l", 0, -1), values)
        for index in (0, 1, 777, 10000, 19999, -1, -20000):
            self.assertEqual(self.r.lindex("l", index), values[index])
        self.assertTrue(self.r.ltrim("l", 5000, -5001))
        self.assertEqual(self.r.lrange("l", 0, -1), values[5000:15000])
        self.assertEqual(self.r.lpop("l", 10000), values[5000:15000])
        self.assertEqual(self.r.exists("l"), 0)

    def test_blocking_pops(self):
        self.assertIsNone(self.r.blpop("l", timeout=0.05))
        self.r.rpush("l", "a", "b")
        self.assertEqual(list(self.r.blpop(["none", "l"], timeout=1)), [b"l", b"a"])
        self.assertEqual(list(self.r.brpop("l", timeout=1)), [b"l", b"b"])
        self.r.zadd("z", {"m": 1, "n": 2})
        self.assertEqual(list(self.r.bzpopmin("z", timeout=1)), [b"z", b"m", 1.0])
        self.assertEqual(list(self.r.bzpopmax("z", timeout=1)), [b"z", b"n", 2.0])
        self.assertIsNone(self.r.blmove("l", "m", 0.05))

    def test_every_element_reaches_one_consumer(self):
        taken = []
        lock = threading.Lock()

        def consume():
            client = self.client()
            while True:
                _, value = client.blpop(["q1", "q2"], timeout=10)
                if value == b"end":
                    return
                with lock:
                    taken.append(value)

        consumers = [threading.Thread(target=consume) for _ in range(6)]
        for thread in consumers:
            thread.start()
        producers = [f"q{number % 2 + 1}" for number in range(3)]

        def produce(number):
            client = self.client()
            for i in range(0, 500, 5):
                client.rpush(producers[number], *(f"{number}:{j}" for j in range(i, i + 5)))

        threads = [threading.Thread(target=produce, args=(number,)) for number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.r.rpush("q1", *["end"] * 6)
        for thread in consumers:
            thread.join()
        expected = sorted(f"{number}:{i}".encode() for number in range(3) for i in range(500))
        # Whoever read its end before the last elements were pushed has left them to the others, or in the queue.
        left = self.r.lrange("q1", 0, -1) + self.r.lrange("q2", 0, -1)
        self.assertEqual(sorted(taken + [value for value in left if value != b"end"]), expected)

    def test_sets(self):
        self.assertEqual(self.r.sadd("s", 1, 2, 3, 3), 3)
        self.assertEqual(self.r.object("encoding", "s"), b"intset")
        self.assertEqual(self.r.sadd("t", "3", "4", "x"), 3)
        self.assertEqual(set(self.r.smembers("t")), {b"3", b"4", b"x"})
        self.assertEqual(set(self.r.sinter("s", "t")), {b"3"})
        self.assertEqual(set(self.r.sunion("s", "t")), {b"1", b"2", b"3", b"4", b"x"})
        self.assertEqual(set(self.r.sdiff("s", "t")), {b"1", b"2"})
        self.assertEqual(self.r.sinterstore("d", "s", "t"), 1)
        self.assertEqual(self.r.sunionstore("d", "s", "t"), 5)
        self.assertEqual(self.r.sdiffstore("d", "s", "t"), 2)
        self.assertEqual(self.r.sintercard(2, ["s", "t"]), 1)
        self.assertEqual(self.r.smismember("s", ["1", "9"]), [1, 0])
        self.assertTrue(self.r.smove("s", "t", "1"))
        self.assertEqual(self.r.srem("s", 2, 9), 1)
        self.assertEqual(self.r.spop("s"), b"3")
        self.assertEqual(self.r.exists("s"), 0)
        self.assertEqual(len(self.r.srandmember("t", -20)), 20)

    def test_large_sets(self):
        members = {f"member:{i}".encode() for i in range(20000)}
        self.assertEqual(self.r.sadd("s", *members), 20000)
        self.assertEqual(set(self.r.sscan_iter("s", count=100)), members)
        self.assertEqual(set(self.r.srandmember("s", 20000)), members)
        popped = set(self.r.spop("s", 5000))
        self.assertEqual(len(popped), 5000)
        self.assertEqual(set(self.r.smembers("s")), members - popped)

    def test_hashes(self):
        self.assertEqual(self.r.hset("h", mapping={"a": 1, "b": "two"}), 2)
        self.assertEqual(self.r.hset("h", "a", 5), 0)
        self.assertEqual(self.r.hgetall("h"), {b"a": b"5", b"b": b"two"})
        self.assertEqual(self.r.hmget("h", "b", "none"), [b"two", None])
        self.assertEqual(self.r.hincrby("h", "a", 37), 42)
        self.assertAlmostEqual(self.r.hincrbyfloat("h", "a", 0.5), 42.5)
        self.assertEqual(self.r.hkeys("h"), [b"a", b"b"])
        self.assertEqual(self.r.hvals("h"), [b"42.5", b"two"])
        self.assertEqual(self.r.hstrlen("h", "b"), 3)
        self.assertFalse(self.r.hsetnx("h", "a", 1))
        self.assertEqual(self.r.hdel("h", "a", "none"), 1)
        self.assertEqual(self.r.hlen("h"), 1)
        self.assertEqual(self.r.hrandfield("h", -3), [b"b"] * 3)

    def test_large_hashes(self):
        fields = {f"field:{i}".encode(): f"value:{i}".encode() * (i % 5) for i in range(20000)}
        self.assertEqual(self.r.hset("h", mapping=fields), 20000)
        self.assertEqual(self.r.object("encoding", "h"), b"hashtable")
        self.assertEqual(self.r.hgetall("h"), fields)
        self.assertEqual(dict(self.r.hscan_iter("h", count=100)), fields)
        self.assertEqual(self.r.hdel("h", *list(fields)[:19999]), 19999)
        self.assertEqual(self.r.hgetall("h"), dict([list(fields.items())[-1]]))

    def test_sorted_sets(self):
        self.assertEqual(self.r.zadd("z", {"a": 1, "b": 2.5, "c": float("inf")}), 3)
        self.assertEqual(self.r.zscore("z", "b"), 2.5)
        self.assertEqual(self.r.zrange("z", 0, -1), [b"a", b"b", b"c"])
        with_scores = self.r.zrange("z", 0, 1, withscores=True)
        self.assertEqual([tuple(pair) for pair in with_scores], [(b"a", 1.0), (b"b", 2.5)])
        self.assertEqual(self.r.zrangebyscore("z", "(1", "+inf"), [b"b", b"c"])
        self.assertEqual(self.r.zrevrank("z", "a"), 2)
        self.assertEqual(self.r.zincrby("z", 10, "a"), 11.0)
        self.assertEqual(self.r.zadd("z", {"a": 1}, incr=True), 12.0)
        self.assertEqual(self.r.zadd("z", {"a": 5, "n": 1}, xx=True, lt=True, ch=True), 1)
        self.assertEqual(self.r.zcount("z", 2, 5), 2)
        self.assertEqual(self.r.zmscore("z", ["a", "none"]), [5.0, None])
        self.assertEqual(self.r.zrem("z", "c"), 1)
        self.r.zadd("y", {"a": 1, "x": 2})
        self.assertEqual(self.r.zunionstore("u", {"z": 2, "y": 1}), 3)
        self.assertEqual(self.r.zscore("u", "a"), 11.0)
        self.assertEqual(self.r.zinter(["z", "y"]), [b"a"])
        self.assertEqual(self.r.zdiff(["z", "y"]), [b"b"])
        self.assertEqual([tuple(pair) for pair in self.r.zpopmin("z", 1)], [(b"b", 2.5)])

    def test_large_sorted_sets(self):
        scores = {f"member:{i:05}".encode(): float(i * 7919 % 20000) for i in range(20000)}
        self.assertEqual(self.r.zadd("z", scores), 20000)
        self.assertEqual(self.r.object("encoding", "z"), b"skiplist")
        order = sorted(scores, key=lambda member: (scores[member], member))
        self.assertEqual(self.r.zrange("z", 0, -1), order)
        for rank in (0, 99, 12345, 19999):
            self.assertEqual(self.r.zrank("z", order[rank]), rank)
        self.assertEqual(self.r.zrange("z", 500, 600, byscore=True), order[500:601])
        self.assertEqual(dict(self.r.zscan_iter("z", count=100)), scores)
        self.assertEqual(self.r.zremrangebyrank("z", 100, 19899), 19800)
        self.assertEqual(self.r.zrange("z", 0, -1), order[:100] + order[19900:])

    def test_lexicographic_ranges(self):
        self.r.zadd("z", dict.fromkeys(["a", "b", "bb", "c"], 0))
        self.assertEqual(self.r.zrangebylex("z", "[b", "(c"), [b"b", b"bb"])
        self.assertEqual(self.r.zrevrangebylex("z", "+", "-"), [b"c", b"bb", b"b", b"a"])
        self.assertEqual(self.r.zlexcount("z", "-", "(bb"), 2)
        self.assertEqual(self.r.zremrangebylex("z", "[bb", "+"), 2)

    def test_sort(self):
        self.r.rpush("l", 3, 1, 10)
        self.r.mset({"w_3": 1, "w_1": 3, "w_10": 2, "v_3": "three"})
        self.assertEqual(self.r.sort("l"), [b"1", b"3", b"10"])
        self.assertEqual(self.r.sort("l", alpha=True, desc=True), [b"3", b"10", b"1"])
        self.assertEqual(self.r.sort("l", by="w_*", get=["#", "v_*"]), [b"3", b"three", b"10", None, b"1", None])
        self.assertEqual(self.r.sort("l", store="d"), 3)
        self.assertEqual(self.r.lrange("d", 0, -1), [b"1", b"3", b"10"])

    def test_hyperloglog(self):
        self.assertEqual(self.r.pfadd("p", *range(1000)), 1)
        self.assertEqual(self.r.pfadd("p", 5), 0)
        self.assertTrue(980 <= self.r.pfcount("p") <= 1020)
        self.r.pfadd("q", *range(500, 2000))
        self.assertTrue(self.r.pfmerge("m", "p", "q"))
        self.assertEqual(self.r.pfcount("m"), self.r.pfcount("p", "q"))

    def test_geo(self):
        self.assertEqual(self.r.geoadd("g", (13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania")), 2)
        self.assertAlmostEqual(self.r.geodist("g", "Palermo", "Catania", "km"), 166.2742, places=3)
        self.assertIn(self.r.geohash("g", "Palermo"), (["sqc8b49rny0"], [b"sqc8b49rny0"]))
        found = self.r.geosearch("g", longitude=15, latitude=37, radius=200, unit="km", sort="ASC")
        self.assertEqual(found, [b"Catania", b"Palermo"])
        self.assertEqual(self.r.geosearchstore("d", "g", member="Palermo", width=10, height=10, unit="km"), 1)
        longitude, latitude = self.r.geopos("g", "Palermo")[0]
        self.assertAlmostEqual(longitude, 13.361389, places=5)
        self.assertAlmostEqual(latitude, 38.115556, places=5)

    def test_streams(self):
        first = self.r.xadd("x", {"a": 1}, id="1-1")
        self.assertEqual(first, b"1-1")
        self.r.xadd("x", {"a": 2, "b": 3}, id="2-0")
        self.assertEqual(self.r.xlen("x"), 2)
        self.assertEqual(self.r.xrange("x"), [(b"1-1", {b"a": b"1"}), (b"2-0", {b"a": b"2", b"b": b"3"})])
        self.assertEqual(self.r.xrevrange("x", count=1), [(b"2-0", {b"a": b"2", b"b": b"3"})])
        self.assertEqual(self.r.xinfo_stream("x")["last-generated-id"], b"2-0")
        self.assertEqual(self.r.xdel("x", "1-1"), 1)
        self.assertEqual(self.r.xtrim("x", maxlen=0, approximate=False), 1)
        with self.assertRaisesRegex(redis.ResponseError, "equal or smaller"):
            self.r.xadd("x", {"a": 1}, id="1-5")

    def test_consumer_groups(self):
        for number in range(10):
            self.r.xadd("x", {"n": number}, id=f"{number + 1}-0")
        self.assertTrue(self.r.xgroup_create("x", "g", id="0"))
        self.entries(self.r.xreadgroup("g", "alice", {"x": ">"}, count=4), 4)
        self.entries(self.r.xreadgroup("g", "bob", {"x": ">"}), 6)
        self.assertEqual(self.r.xack("x", "g", "1-0", "2-0"), 2)
        pending = self.r.xpending("x", "g")
        self.assertEqual((pending["pending"], pending["min"], pending["max"]), (8, b"3-0", b"10-0"))
        claimed = self.r.xclaim("x", "g", "bob", 0, ["3-0"])
        self.assertEqual(claimed, [(b"3-0", {b"n": b"2"})])
        self.r.xdel("x", "4-0")
        after = self.r.xautoclaim("x", "g", "carol", 0, count=100)
        self.assertEqual(len(after[1]), 7)
        self.assertEqual(after[2], [b"4-0"])
        groups = self.r.xinfo_groups("x")
        self.assertEqual((groups[0]["name"], groups[0]["consumers"], groups[0]["pending"]), (b"g", 3, 7))
        self.assertEqual(self.r.xgroup_destroy("x", "g"), 1)

    def entries(self, reply, count):
        streams = reply if isinstance(reply, dict) else {name: [entries] for name, entries in reply}
        self.assertEqual(sum(len(part) for parts in streams.values() for part in parts), count)

    def test_waiting_for_a_stream(self):
        got = []

        def wait():
            got.append(self.client().xread({"x": "$"}, block=10000))

        thread = threading.Thread(target=wait)
        thread.start()
        end = time.monotonic() + 10
        while self.r.info("clients")["blocked_clients"] == 0 and time.monotonic() < end:
            time.sleep(0.01)
        self.r.xadd("x", {"k": "v"}, id="7-7")
        thread.join()
        self.entries(got[0], 1)

    def test_collections_move_and_copy(self):
        self.r.sadd("s", *range(5000))
        self.assertTrue(self.r.copy("s", "t"))
        self.assertEqual(self.r.srem("t", *range(4000)), 4000)
        self.assertEqual((self.r.scard("s"), self.r.scard("t")), (5000, 1000))
        self.assertTrue(self.r.rename("s", "u"))
        self.assertTrue(self.r.move("t", 5))
        self.assertEqual((self.r.scard("u"), self.client(db=5).scard("t")), (5000, 1000))
        self.assertEqual(self.r.unlink("u"), 1)
