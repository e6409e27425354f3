"""Messages through redis-py; mixed into the suite's classes."""

import threading



class Messages:
    """The tests; `self.r` is a client, `self.client()` makes another."""

    def listener(self, **options):
        pubsub = self.r.pubsub(**options)
        self.addCleanup(pubsub.close)
        return pubsub

    def next(self, pubsub):
        """The next message, as kind, pattern, channel and data."""
        message = pubsub.get_message(timeout=15)
        self.assertIsNotNone(message)
        return message["type"], message["pattern"], message["channel"], message["data"]

    def test_channels(self):
        pubsub = self.listener()
        pubsub.subscribe("a", "b")
        self.assertEqual(self.next(pubsub), ("subscribe", None, b"a", 1))
        self.assertEqual(self.next(pubsub), ("subscribe", None, b"b", 2))
        self.assertEqual(self.r.publish("a", "hello"), 1)
        self.assertEqual(self.r.publish("b", b"\x00\xff"), 1)
        self.assertEqual(self.next(pubsub), ("message", None, b"a", b"hello"))
        self.assertEqual(self.next(pubsub), ("message", None, b"b", b"\x00\xff"))
        self.assertEqual(self.r.pubsub_numsub("a", "c"), [(b"a", 1), (b"c", 0)])
        self.assertEqual(sorted(self.r.pubsub_channels("[ab]")), [b"a", b"b"])
        pubsub.unsubscribe("a")
        self.assertEqual(self.next(pubsub), ("unsubscribe", None, b"a", 1))
        self.assertEqual(self.r.publish("a", "unheard"), 0)

    def test_patterns(self):
        pubsub = self.listener()
        pubsub.psubscribe("news.*")
        self.assertEqual(self.next(pubsub), ("psubscribe", None, b"news.*", 1))
        self.assertEqual(self.r.pubsub_numpat(), 1)
        self.assertEqual(self.r.publish("news.art", "x"), 1)
        self.assertEqual(self.next(pubsub), ("pmessage", b"news.*", b"news.art", b"x"))
        pubsub.punsubscribe()
        self.assertEqual(self.next(pubsub), ("punsubscribe", None, b"news.*", 0))

    def test_shard_channels(self):
        pubsub = self.listener()
        pubsub.ssubscribe("s")
        self.assertEqual(self.next(pubsub), ("ssubscribe", None, b"s", 1))
        self.assertEqual(self.r.spublish("s", "x"), 1)
        self.assertEqual(self.next(pubsub), ("smessage", None, b"s", b"x"))
        self.assertEqual(self.r.pubsub_shardchannels(), [b"s"])
        self.assertEqual(self.r.pubsub_shardnumsub("s"), [(b"s", 1)])

    def test_ping_while_subscribed(self):
        pubsub = self.listener()
        pubsub.subscribe("a")
        self.next(pubsub)
        pubsub.ping("hi")
        message = pubsub.get_message(timeout=15)
        self.assertEqual((message["type"], message["data"]), ("pong", b"hi"))

    def test_handlers_and_many_messages(self):
        heard, done = [], threading.Event()

        def take(message):
            heard.append(int(message["data"]))
            if len(heard) == 5000:
                done.set()

        pubsub = self.listener(ignore_subscribe_messages=True)
        pubsub.subscribe(numbers=take)
        worker = pubsub.run_in_thread(sleep_time=0.01)
        try:
            pipeline = self.r.pipeline(transaction=False)
            for number in range(5000):
                pipeline.publish("numbers", number)
            self.assertEqual(pipeline.execute(), [1] * 5000)
            self.assertTrue(done.wait(15))
        finally:
            worker.stop()
            worker.join(15)
        self.assertEqual(heard, list(range(5000)))

    def test_messages_of_a_transaction(self):
        pubsub = self.listener(ignore_subscribe_messages=True)
        pubsub.subscribe("a")
        while pubsub.get_message(timeout=0.2) is not None:
            pass
        while self.r.pubsub_numsub("a")[0][1] == 0:
            pass
        self.assertEqual(self.r.pipeline().publish("a", 1).set("k", "v").publish("a", 2).execute(), [1, True, 1])
        for expected in (b"1", b"2"):
            message = None
            while message is None:
                message = pubsub.get_message(timeout=15)
            self.assertEqual(message["data"], expected)

    def test_keyspace_events(self):
        self.r.config_set("notify-keyspace-events", "KEA")
        try:
            pubsub = self.listener()
            pubsub.psubscribe("__key*@0__:*")
            self.next(pubsub)
            self.r.set("k", "v")
            self.r.delete("k")
            heard = [self.next(pubsub)[2:] for _ in range(4)]
        finally:
            self.r.config_set("notify-keyspace-events", "")
        self.assertEqual(heard, [
            (b"__keyspace@0__:k", b"set"), (b"__keyevent@0__:set", b"k"),
            (b"__keyspace@0__:k", b"del"), (b"__keyevent@0__:del", b"k"),
        ])

    def test_a_client_whose_subscriber_is_gone(self):
        pubsub = self.r.pubsub()
        pubsub.subscribe("a")
        self.next(pubsub)
        self.assertEqual(self.r.publish("a", "x"), 1)
        pubsub.close()
        for _ in range(1000):
            if self.r.publish("a", "x") == 0:
                return
        self.fail("the subscription outlives its connection")
