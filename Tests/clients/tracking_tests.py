"""Client-side caching of redis-py, which needs RESP3; mixed into the suite's class for it."""

import time
from unittest import mock

import redis
from redis.cache import CacheConfig
from redis.connection import CacheProxyConnection


class ClientSideCaching:
    """The tests; `self.client()` makes clients, and with `cache_config` ones that keep copies."""

    def setUp(self):
        super().setUp()
        # The library keeps copies only of what a server of 7.4 says; what it needs of it is older.
        oldest = mock.patch.object(CacheProxyConnection, "MIN_ALLOWED_VERSION", "7.2.0")
        oldest.start()
        self.addCleanup(oldest.stop)

    def caching_client(self):
        return self.client(cache_config=CacheConfig(max_size=1000), decode_responses=True)

    def wait_for(self, condition):
        end = time.monotonic() + 10
        while not condition():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.005)

    def test_copies_are_dropped_when_others_write(self):
        client = self.caching_client()
        self.r.set("k", "1")
        self.assertEqual(client.get("k"), "1")
        self.assertEqual(client.get_cache().size, 1)
        for number in range(2, 20):
            self.r.set("k", number)
            self.wait_for(lambda: client.get("k") == str(number))

    def test_copies_answer_without_the_server(self):
        client = self.caching_client()
        self.r.set("k", "1")
        self.assertEqual(client.get("k"), "1")
        before = self.r.info("commandstats")["cmdstat_get"]["calls"]
        for _ in range(100):
            self.assertEqual(client.get("k"), "1")
        self.assertEqual(self.r.info("commandstats")["cmdstat_get"]["calls"], before)

    def test_collections_and_own_writes(self):
        client = self.caching_client()
        client.rpush("l", "a", "b")
        self.assertEqual(client.lrange("l", 0, -1), ["a", "b"])
        client.rpush("l", "c")
        self.assertEqual(client.lrange("l", 0, -1), ["a", "b", "c"])
        client.hset("h", "f", "1")
        self.assertEqual(client.hget("h", "f"), "1")
        client.hset("h", "f", "2")
        self.assertEqual(client.hget("h", "f"), "2")

    def test_a_flush_drops_everything(self):
        client = self.caching_client()
        self.r.mset({f"k{i}": i for i in range(50)})
        for i in range(50):
            self.assertEqual(client.get(f"k{i}"), str(i))
        self.r.flushall()
        self.wait_for(lambda: client.get("k0") is None)
        self.assertTrue(all(client.get(f"k{i}") is None for i in range(50)))

    def test_tracking_by_hand(self):
        connection = self.client(single_connection_client=True)
        self.assertTrue(connection.client_tracking_on(bcast=True, prefix=["user:"]))
        self.assertEqual(connection.client_getredir(), 0)
        information = connection.client_trackinginfo()
        self.assertIn(b"bcast", str(information).encode())
        with self.assertRaises(redis.ResponseError):
            connection.client_tracking_on(bcast=False)
        self.assertTrue(connection.client_tracking_off())
        self.assertEqual(connection.client_getredir(), -1)
