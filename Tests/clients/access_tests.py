"""Users and rights through redis-py; mixed into the suite's classes."""

import redis


class Access:
    """The tests; `self.r` is a client, `self.client()` makes another."""

    def add_user(self, name, **rules):
        """Makes a user; returns a client that may do so and speaks in text."""
        admin = self.client(decode_responses=True)
        admin.acl_deluser(name)
        self.assertTrue(admin.acl_setuser(name, enabled=True, **rules))
        self.addCleanup(admin.acl_deluser, name)
        return admin

    def test_users(self):
        admin = self.add_user(
            "reader",
            passwords=["+secret"],
            categories=["+@read"],
            commands=["+ping", "-keys"],
            keys=["app:*"],
            channels=["news.*"],
        )
        self.assertIn("reader", admin.acl_users())
        self.assertEqual(admin.acl_whoami(), "default")
        user = admin.acl_getuser("reader")
        self.assertIn("on", user["flags"])
        self.assertEqual(len(user["passwords"]), 1)
        self.assertIn("+@read", user["categories"])
        self.assertIn("-keys", user["commands"])
        self.assertEqual(user["keys"], ["~app:*"])
        self.assertEqual(user["channels"], ["&news.*"])
        self.assertTrue(any(line.startswith("user reader on ") for line in admin.acl_list()))
        self.assertIsNone(admin.acl_getuser("nobody"))

    def test_rights(self):
        admin = self.add_user("reader", passwords=["+secret"], commands=["+get", "+acl|whoami"], keys=["app:*"])
        admin.set("app:1", "v")
        admin.set("other", "v")
        reader = self.client(username="reader", password="secret", decode_responses=True)
        self.assertEqual(reader.acl_whoami(), "reader")
        self.assertEqual(reader.get("app:1"), "v")
        for refused in (lambda: reader.get("other"), lambda: reader.set("app:1", "w"), reader.dbsize):
            with self.assertRaises(redis.exceptions.NoPermissionError):
                refused()
        self.assertEqual(admin.get("app:1"), "v")

    def test_wrong_password(self):
        self.add_user("reader", passwords=["+secret"], commands=["+ping"])
        with self.assertRaises(redis.exceptions.AuthenticationError):
            self.client(username="reader", password="wrong").ping()

    def test_selectors(self):
        admin = self.add_user("two", nopass=True, commands=["+get"], keys=["a"], selectors=[("+set", "%W~b")])
        two = self.client(username="two", password="any")
        self.assertTrue(two.set("b", "1"))
        with self.assertRaises(redis.exceptions.NoPermissionError):
            two.get("b")
        self.assertEqual(len(admin.acl_getuser("two")["selectors"]), 1)

    def test_rights_change_while_connected(self):
        admin = self.add_user("bob", nopass=True, commands=["+@all"], keys=["*"])
        bob = self.client(username="bob", password="x", single_connection_client=True)
        self.assertTrue(bob.set("k", "v"))
        admin.execute_command("ACL", "SETUSER", "bob", "-set")
        with self.assertRaises(redis.exceptions.NoPermissionError):
            bob.set("k", "w")
        self.assertEqual(admin.acl_deluser("bob"), 1)
        with self.assertRaises(redis.exceptions.ConnectionError):
            bob.connection.send_command("PING")
            bob.connection.read_response()

    def test_channel_rights(self):
        admin = self.add_user("hear", nopass=True, categories=["+@pubsub"], channels=["news.*"])
        user = self.client(username="hear", password="x", decode_responses=True)
        messages = user.pubsub()
        self.addCleanup(messages.close)
        messages.subscribe("news.1")
        messages.psubscribe("news.*")
        for kind in ("subscribe", "psubscribe"):
            self.assertEqual(messages.get_message(timeout=5)["type"], kind)
        self.assertEqual(user.publish("news.1", "a"), 2)
        for channel in ("news.1", "news.*"):
            heard = messages.get_message(timeout=5)
            self.assertEqual((heard["pattern"] or heard["channel"], heard["data"]), (channel, "a"))
        with self.assertRaises(redis.exceptions.NoPermissionError):
            user.publish("other", "a")
        for ask in ("subscribe", "psubscribe"):
            refused = user.pubsub()
            self.addCleanup(refused.close)
            with self.assertRaises(redis.exceptions.NoPermissionError):
                getattr(refused, ask)("*" if ask == "psubscribe" else "other")
                refused.get_message(timeout=5)
        # Whoever listens to what may be heard no more is sent away.
        admin.execute_command("ACL", "SETUSER", "hear", "resetchannels")
        with self.assertRaises(redis.exceptions.ConnectionError):
            messages.connection.read_response()

    def test_log(self):
        admin = self.add_user("bob", nopass=True, commands=["+get", "+client|setinfo"], keys=["a"])
        admin.acl_log_reset()
        bob = self.client(username="bob", password="x")
        for key in ("x", "x", "y"):
            with self.assertRaises(redis.exceptions.NoPermissionError):
                bob.get(key)
        entries = admin.acl_log()
        self.assertEqual([entry["object"] for entry in entries], ["y", "x"])
        self.assertEqual(entries[1]["count"], 2)
        self.assertEqual(entries[0]["username"], "bob")
        self.assertIn("bob", str(entries[0]["client-info"]))
        self.assertTrue(admin.acl_log_reset())
        self.assertEqual(admin.acl_log(), [])

    def test_dry_run_and_lists(self):
        admin = self.add_user("bob", nopass=True, commands=["+get"], keys=["a"])
        self.assertEqual(admin.acl_dryrun("bob", "GET", "a"), "OK")
        self.assertIn("no permissions", admin.acl_dryrun("bob", "SET", "a", "1"))
        self.assertIn("hyperloglog", admin.acl_cat())
        self.assertIn("pfadd", admin.acl_cat("hyperloglog"))
        self.assertEqual(len(admin.acl_genpass()), 64)
        self.assertEqual(len(admin.acl_genpass(5)), 2)
