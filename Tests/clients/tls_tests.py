"""redis-py over TLS: what the server needs for it, and the tests."""

import os
import subprocess
import time

import redis


def make_certificate(directory):
    """Makes a certificate that vouches for itself."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        + ["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
        + ["-keyout", os.path.join(directory, "key"), "-out", os.path.join(directory, "certificate")],
        check=True,
        capture_output=True,
    )
    return os.path.join(directory, "certificate")


def configuration(directory, port):
    """The lines of a server that has such a certificate."""
    certificate = os.path.join(directory, "certificate")
    return (
        f"tls-port {port}\ntls-cert-file {certificate}\ntls-key-file {directory}/key\n"
        f"tls-ca-cert-file {certificate}\ntls-auth-clients optional\n"
    )


class Encryption:
    """The tests; `server()` has a TLS port and a certificate."""

    def secure(self, **options):
        options.setdefault("ssl_ca_certs", self.server().certificate)
        options.setdefault("protocol", self.protocol)
        client = redis.Redis(
            host="localhost", port=self.server().tls_port, ssl=True, socket_timeout=15, **options
        )
        self.addCleanup(client.close)
        return client

    def test_tls_values(self):
        client = self.secure()
        self.assertTrue(client.set("k", b"\x00\xff" * 100_000))
        self.assertEqual(client.get("k"), b"\x00\xff" * 100_000)
        self.assertEqual(self.r.get("k"), b"\x00\xff" * 100_000)

    def test_tls_pipeline(self):
        pipeline = self.secure().pipeline(transaction=False)
        for number in range(10_000):
            pipeline.set(f"key:{number}", number)
        self.assertEqual(pipeline.execute(), [True] * 10_000)

    def test_tls_transaction(self):
        pipeline = self.secure().pipeline()
        pipeline.incr("n").incr("n").get("n")
        self.assertEqual(pipeline.execute()[-1], b"2")

    def test_tls_blocking(self):
        connection = self.secure().connection_pool.get_connection()
        connection.send_command("BLPOP", "list", 0)
        while self.r.info("clients")["blocked_clients"] == 0:
            time.sleep(0.01)
        self.r.rpush("list", "element")
        self.assertEqual(connection.read_response(), [b"list", b"element"])

    def test_tls_client_certificate(self):
        certificate = self.server().certificate
        key = os.path.join(os.path.dirname(certificate), "key")
        self.assertTrue(self.secure(ssl_certfile=certificate, ssl_keyfile=key).ping())

    def test_tls_nobody_vouches(self):
        with self.assertRaises(redis.exceptions.ConnectionError):
            self.secure(ssl_ca_certs="/dev/null").ping()

    def test_tls_many_connections(self):
        clients = [self.secure() for _ in range(100)]
        for number, client in enumerate(clients):
            client.set(f"c{number}", number)
        got = [int(client.get(f"c{number}")) for number, client in enumerate(clients)]
        self.assertEqual(got, list(range(100)))
