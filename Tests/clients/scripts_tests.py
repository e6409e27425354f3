"""Scripts and functions through redis-py; mixed into the suite's classes."""

import threading

import redis


class Scripts:
    """The tests; `self.r` is a client, `self.client()` makes another."""

    def test_eval(self):
        self.assertEqual(self.r.eval("return {KEYS[1], ARGV[1], 3}", 1, "k", "a"), [b"k", b"a", 3])
        self.assertEqual(self.r.eval("return redis.call('set', KEYS[1], ARGV[1])", 1, "k", "v"), b"OK")
        self.assertEqual(self.r.get("k"), b"v")
        self.assertEqual(self.r.eval_ro("return redis.call('get', KEYS[1])", 1, "k"), b"v")
        with self.assertRaises(redis.ResponseError):
            self.r.eval_ro("return redis.call('set', KEYS[1], 'x')", 1, "k")

    def test_registered_scripts(self):
        multiply = self.r.register_script("return redis.call('get', KEYS[1]) * ARGV[1]")
        self.r.set("n", 6)
        self.assertEqual(multiply(keys=["n"], args=[7]), 42)
        self.r.script_flush()
        self.assertEqual(self.r.script_exists(multiply.sha), [False])
        self.assertEqual(multiply(keys=["n"], args=[2]), 12)
        self.assertEqual(self.r.script_exists(multiply.sha), [True])
        with self.r.pipeline() as pipeline:
            multiply(keys=["n"], args=[3], client=pipeline)
            pipeline.incr("n")
            self.assertEqual(pipeline.execute(), [18, 7])

    def test_errors_of_scripts(self):
        with self.assertRaisesRegex(redis.ResponseError, "Unknown Redis command called from script"):
            self.r.eval("return redis.call('nosuch')", 0)
        with self.assertRaises(redis.exceptions.NoScriptError):
            self.r.evalsha("f" * 40, 0)
        with self.assertRaisesRegex(redis.ResponseError, "nonexistent global variable 'x'"):
            self.r.eval("return x", 0)

    def test_locks_that_scripts_release(self):
        with self.r.lock("lock", timeout=10) as lock:
            self.assertTrue(lock.owned())
            self.assertFalse(self.client().lock("lock", timeout=10, blocking=False).acquire())
            self.assertTrue(lock.extend(5))
        self.assertEqual(self.r.exists("lock"), 0)

    def test_functions(self):
        code = "#!lua name=lib\nredis.register_function('add', function(k, a) return a[1] + a[2] end)"
        self.assertIn(self.r.function_load(code), (b"lib", "lib"))
        self.assertEqual(self.r.fcall("add", 0, 2, 3), 5)
        with self.assertRaises(redis.ResponseError):
            self.r.function_load(code)
        dump = self.r.function_dump()
        self.assertTrue(self.r.function_flush())
        self.assertEqual(self.r.function_list(), [])
        self.assertTrue(self.r.function_restore(dump))
        self.assertEqual(self.r.fcall("add", 0, 2, 3), 5)
        self.assertTrue(self.r.function_delete("lib"))

    def test_a_busy_script_is_killed(self):
        self.r.config_set("busy-reply-threshold", 10)
        failures = []

        def spin():
            try:
                self.client().eval("while true do end", 0)
            except redis.ResponseError as error:
                failures.append(str(error))

        def end():
            while True:
                try:
                    return self.client().script_kill()
                except redis.exceptions.ResponseError as error:
                    self.assertIn("NOTBUSY", str(error))

        spinning = threading.Thread(target=spin)
        spinning.start()
        end()
        spinning.join()
        self.assertEqual(len(failures), 1)
        self.assertIn("Script killed by user", failures[0])
