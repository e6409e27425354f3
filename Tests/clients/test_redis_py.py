"""redis-py against a running Apus, in RESP2 and in RESP3.

The suite starts the server named by APUS_BINARY on a free port of the loopback interface and ends it by its pid.
"""

import os
import random
import socket
import subprocess
import tempfile
import threading
import time
import unittest

import redis

from access_tests import Access
from collections_tests import Collections
from messages_tests import Messages
from scripts_tests import Scripts
from tracking_tests import ClientSideCaching
import tls_tests


class Server:
    """One server for the whole suite."""

    def __init__(self):
        self.directory = tempfile.TemporaryDirectory()
        self.port = self.free_port()
        self.tls_port = self.port
        while self.tls_port == self.port:
            self.tls_port = self.free_port()
        self.certificate = tls_tests.make_certificate(self.directory.name)
        config = os.path.join(self.directory.name, "server.conf")
        with open(config, "w") as file:
            file.write(
                f"port {self.port}\nbind 127.0.0.1\ndir {self.directory.name}\n"
                'save ""\nappendonly no\nenable-debug-command yes\n'
                + tls_tests.configuration(self.directory.name, self.tls_port)
            )
        binary = os.environ["APUS_BINARY"]
        words = [] if os.path.basename(binary) == "redis-server" else ["server"]
        self.log = open(os.path.join(self.directory.name, "log"), "w+b")
        self.process = subprocess.Popen([binary, *words, config], stdout=self.log, stderr=self.log)

    @staticmethod
    def free_port():
        # Below the ports that the kernel gives to outgoing connections.
        for _ in range(200):
            port = random.randrange(12000, 32000)
            with socket.socket() as probe:
                try:
                    probe.bind(("", port))
                    return port
                except OSError:
                    continue
        raise RuntimeError("no free port")

    def wait_until_ready(self):
        end = time.monotonic() + 20
        while time.monotonic() < end and self.process.poll() is None:
            try:
                with redis.Redis(port=self.port) as client:
                    if client.ping():
                        return
            except redis.ConnectionError:
                time.sleep(0.02)
        self.stop()
        raise RuntimeError("the server did not start")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.seek(0)
        log = self.log.read()
        self.log.close()
        self.directory.cleanup()
        if b"Sanitizer: " in log:
            raise RuntimeError("a sanitizer complains of the server:\n" + log.decode(errors="replace"))


server = None


def setUpModule():
    global server
    server = Server()
    server.wait_until_ready()


def tearDownModule():
    server.stop()


class Suite:
    """The tests; the classes at the end run them in each protocol."""

    protocol = 2

    def client(self, **options):
        options.setdefault("protocol", self.protocol)
        client = redis.Redis(port=server.port, socket_timeout=15, **options)
        self.addCleanup(client.close)
        return client

    def server(self):
        return server

    def setUp(self):
        self.r = self.client()
        self.r.flushall()

    def test_set_and_get(self):
        self.assertTrue(self.r.set("k", "v"))
        self.assertEqual(self.r.get("k"), b"v")
        self.assertIsNone(self.r.get("missing"))
        self.assertIsNone(self.r.set("k", "w", nx=True))
        self.assertTrue(self.r.set("k", "w", xx=True, ex=100))
        self.assertTrue(98 <= self.r.ttl("k") <= 100)
        self.assertEqual(self.r.set("k", "x", get=True, keepttl=True), b"w")
        self.assertGreater(self.r.ttl("k"), 0)
        self.assertEqual(self.r.getdel("k"), b"x")
        self.assertEqual(self.r.exists("k"), 0)

    def test_strings(self):
        self.assertEqual(self.r.append("k", "Hello"), 5)
        self.assertEqual(self.r.append("k", " World"), 11)
        self.assertEqual(self.r.getrange("k", 0, 4), b"Hello")
        self.assertEqual(self.r.substr("k", -5), b"World")
        self.assertEqual(self.r.setrange("k", 6, "Redis"), 11)
        self.assertEqual(self.r.strlen("k"), 11)
        self.assertEqual(self.r.getset("k", "new"), b"Hello Redis")
        self.assertTrue(self.r.setex("e", 100, "v"))
        self.assertTrue(self.r.psetex("e", 100000, "v"))
        self.assertFalse(self.r.setnx("e", "w"))
        self.assertEqual(self.r.getex("e", persist=True), b"v")
        self.assertEqual(self.r.ttl("e"), -1)

    def test_many_at_once(self):
        values = {f"k{i}": str(i).encode() for i in range(1000)}
        self.assertTrue(self.r.mset(values))
        self.assertEqual(self.r.mget(list(values)), list(values.values()))
        self.assertFalse(self.r.msetnx({"k1": "x", "other": "y"}))
        self.assertEqual(self.r.delete(*values), 1000)
        self.assertEqual(self.r.dbsize(), 0)

    def test_counters(self):
        self.assertEqual(self.r.incr("n"), 1)
        self.assertEqual(self.r.incrby("n", 41), 42)
        self.assertEqual(self.r.decr("n", 2), 40)
        self.assertAlmostEqual(self.r.incrbyfloat("f", 0.5), 0.5)
        self.r.set("s", "text")
        with self.assertRaisesRegex(redis.ResponseError, "not an integer"):
            self.r.incr("s")

    def test_lcs(self):
        self.r.mset({"a": "ohmytext", "b": "mynewtext"})
        self.assertEqual(self.r.lcs("a", "b"), b"mytext")
        self.assertEqual(self.r.lcs("a", "b", len=True), 6)
        matches = self.r.lcs("a", "b", idx=True, withmatchlen=True)
        if isinstance(matches, list):
            matches = dict(zip(matches[::2], matches[1::2]))
        self.assertEqual(matches, {b"matches": [[[4, 7], [5, 8], 4], [[2, 3], [0, 1], 2]], b"len": 6})

    def test_binary_and_unicode(self):
        every_byte = bytes(range(256))
        self.r.set(every_byte, every_byte * 10)
        self.assertEqual(self.r.get(every_byte), every_byte * 10)
        decoded = self.client(decode_responses=True)
        decoded.set("ключ 🔑", "wärde \u0000 值")
        self.assertEqual(decoded.get("ключ 🔑"), "wärde \u0000 值")
        self.assertIn("ключ 🔑".encode(), self.r.keys())

    def test_generic(self):
        self.r.mset({"a": 1, "b": 2})
        self.assertEqual(self.r.exists("a", "b", "missing", "a"), 3)
        self.assertEqual(self.r.type("a"), b"string")
        self.assertEqual(self.r.touch("a", "b"), 2)
        self.assertTrue(self.r.rename("a", "c"))
        self.assertFalse(self.r.renamenx("c", "b"))
        self.assertTrue(self.r.copy("c", "d"))
        self.assertFalse(self.r.copy("c", "d"))
        self.assertTrue(self.r.copy("b", "d", replace=True))
        self.assertEqual(self.r.unlink("c", "d"), 2)
        self.assertEqual(self.r.randomkey(), b"b")
        self.assertEqual(self.r.object("encoding", "b"), b"int")
        with self.assertRaisesRegex(redis.ResponseError, "no such key"):
            self.r.rename("missing", "x")

    def test_databases(self):
        self.r.set("k", "zero")
        other = self.client(db=5)
        self.assertIsNone(other.get("k"))
        other.set("k", "five")
        self.assertTrue(self.r.swapdb(0, 5))
        self.assertEqual(self.r.get("k"), b"five")
        self.assertTrue(self.r.move("k", 6))
        self.assertEqual(self.client(db=6).get("k"), b"five")
        other.flushdb()
        self.assertEqual(other.dbsize(), 0)

    def test_expiry(self):
        self.r.set("k", "v")
        self.assertTrue(self.r.expire("k", 1000))
        self.assertFalse(self.r.expire("k", 10, gt=True))
        self.assertTrue(self.r.expire("k", 10, lt=True))
        self.assertTrue(self.r.persist("k"))
        moment = int(time.time()) + 5000
        self.assertTrue(self.r.expireat("k", moment))
        self.assertEqual(self.r.expiretime("k"), moment)
        self.assertEqual(self.r.pexpiretime("k"), moment * 1000)
        self.assertTrue(self.r.pexpire("k", 20))
        end = time.monotonic() + 10
        while self.r.exists("k") and time.monotonic() < end:
            time.sleep(0.01)
        self.assertEqual(self.r.exists("k"), 0)
        self.assertEqual(self.r.ttl("k"), -2)

    def test_scanning(self):
        names = {f"scan:{i}".encode() for i in range(3000)}
        pipe = self.r.pipeline(transaction=False)
        for name in names:
            pipe.set(name, 1)
        pipe.set("other", 1)
        pipe.execute()
        self.assertEqual(set(self.r.scan_iter("scan:*", count=37)), names)
        self.assertEqual(set(self.r.scan_iter(_type="string")), names | {b"other"})
        self.assertEqual(set(self.r.keys("scan:1?")), {f"scan:1{i}".encode() for i in range(10)})

    def test_bitmaps(self):
        self.assertEqual(self.r.setbit("b", 7, 1), 0)
        self.assertEqual(self.r.setbit("b", 7, 1), 1)
        self.assertEqual(self.r.getbit("b", 7), 1)
        self.r.set("b", b"\xff\xf0\x00")
        self.assertEqual(self.r.bitcount("b"), 12)
        self.assertEqual(self.r.bitcount("b", 5, 9, "BIT"), 5)
        self.assertEqual(self.r.bitpos("b", 0), 12)
        self.assertEqual(self.r.bitpos("b", 1, 13, 20, "BIT"), -1)
        self.r.set("c", b"\x0f\xff")
        self.assertEqual(self.r.bitop("AND", "d", "b", "c"), 3)
        self.assertEqual(self.r.get("d"), b"\x0f\xf0\x00")
        field = self.r.bitfield("f", default_overflow="SAT")
        self.assertEqual(field.set("u8", 0, 250).incrby("u8", 0, 10).get("u4", 4).execute(), [0, 255, 15])

    def test_transactions(self):
        pipe = self.r.pipeline()
        pipe.set("k", 1).incr("k").get("k").get("missing")
        self.assertEqual(pipe.execute(), [True, 2, b"2", None])
        pipe.set("k", "text").incr("k").set("after", 1)
        with self.assertRaises(redis.ResponseError):
            pipe.execute()
        self.assertEqual(self.r.get("after"), b"1")
        results = pipe.set("k", "text").incr("k").execute(raise_on_error=False)
        self.assertTrue(results[0])
        self.assertIsInstance(results[1], redis.ResponseError)
        pipe.set("k", "v")
        pipe.execute_command("NOSUCH")
        with self.assertRaises(redis.ResponseError):
            pipe.execute()

    def test_watch(self):
        self.r.set("k", 1)
        with self.r.pipeline() as pipe:
            pipe.watch("k")
            value = int(pipe.get("k"))
            self.r.set("k", 10)
            pipe.multi()
            pipe.set("k", value + 1)
            with self.assertRaises(redis.WatchError):
                pipe.execute()
        self.assertEqual(self.r.get("k"), b"10")
        self.r.transaction(lambda pipe: pipe.multi() or pipe.incr("k"), "k")
        self.assertEqual(self.r.get("k"), b"11")

    def test_optimistic_counting_by_threads(self):
        def count():
            client = self.client()
            for _ in range(50):
                def step(pipe):
                    value = int(pipe.get("n") or 0)
                    pipe.multi()
                    pipe.set("n", value + 1)
                client.transaction(step, "n")

        self.in_threads(4, count)
        self.assertEqual(self.r.get("n"), b"200")

    def test_long_pipelines(self):
        pipe = self.r.pipeline(transaction=False)
        for i in range(10000):
            pipe.set(f"k{i}", i)
        self.assertEqual(pipe.execute(), [True] * 10000)
        for i in range(10000):
            pipe.get(f"k{i}")
        self.assertEqual(pipe.execute(), [str(i).encode() for i in range(10000)])

    def test_pool_with_threads(self):
        pool = redis.ConnectionPool(port=server.port, protocol=self.protocol, max_connections=8, socket_timeout=15)
        self.addCleanup(pool.disconnect)

        def count():
            client = redis.Redis(connection_pool=pool)
            for _ in range(250):
                client.incr("n")

        self.in_threads(8, count)
        self.assertEqual(self.r.get("n"), b"2000")

    def in_threads(self, number, body):
        errors = []

        def guarded():
            try:
                body()
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=guarded) for _ in range(number)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(errors, [])

    def test_clients(self):
        self.r.client_setname("suite")
        self.assertIn(self.r.client_getname(), ("suite", b"suite"))
        names = [client["name"] for client in self.r.client_list()]
        self.assertIn("suite", names)
        self.assertGreater(self.r.client_id(), 0)
        self.assertEqual(self.r.client_info()["name"], "suite")

    def test_configuration(self):
        self.assertEqual(self.r.config_get("maxmemory-policy"), {"maxmemory-policy": "noeviction"})
        self.assertTrue(self.r.config_set("timeout", 1000))
        self.assertEqual(self.r.config_get("timeout")["timeout"], "1000")
        self.assertTrue(self.r.config_set("timeout", 0))
        self.assertGreater(len(self.r.config_get()), 50)
        with self.assertRaises(redis.ResponseError):
            self.r.config_set("nosuchdirective", 1)

    def test_information(self):
        self.r.set("k", "v", ex=1000)
        info = self.r.info()
        self.assertEqual(info["tcp_port"], server.port)
        self.assertEqual(info["role"], "master")
        self.assertEqual(info["db0"]["keys"], 1)
        self.assertEqual(info["db0"]["expires"], 1)
        self.assertGreater(self.r.info("memory")["used_memory"], 0)
        self.assertEqual(self.r.time()[0] // 100, int(time.time()) // 100)

    def test_commands_and_memory(self):
        commands = self.r.command()
        self.assertEqual(commands["get"]["arity"], 2)
        keys = self.r.command_getkeys("MSET", "a", 1, "b", 2)
        # redis-py decodes them in RESP2 only.
        self.assertIn(keys, (["a", "b"], [b"a", b"b"]))
        self.r.set("k", "x" * 1000)
        self.assertGreater(self.r.memory_usage("k"), 1000)
        self.assertEqual(self.r.slowlog_len(), len(self.r.slowlog_get(1000)))

    def test_large_values(self):
        value = os.urandom(5_000_000)
        self.r.set("big", value)
        self.assertEqual(self.r.get("big"), value)

    def test_authentication(self):
        self.r.config_set("requirepass", "secret")
        try:
            with self.assertRaises(redis.AuthenticationError):
                self.client().ping()
            with self.assertRaises(redis.AuthenticationError):
                self.client(password="wrong").ping()
            self.assertTrue(self.client(password="secret").ping())
            self.assertTrue(self.client(username="default", password="secret").ping())
        finally:
            self.client(password="secret").config_set("requirepass", "")

    def test_reset_and_reconnect(self):
        client = self.client(single_connection_client=True)
        client.set("k", "v")
        self.r.client_kill_filter(_id=str(client.client_id()))
        self.assertEqual(client.get("k"), b"v")


class RESP2(Suite, Access, Collections, Messages, Scripts, tls_tests.Encryption, unittest.TestCase):
    protocol = 2


class RESP3(
    ClientSideCaching, Suite, Access, Collections, Messages, Scripts, tls_tests.Encryption, unittest.TestCase
):
    protocol = 3


if __name__ == "__main__":
    unittest.main(verbosity=1)
