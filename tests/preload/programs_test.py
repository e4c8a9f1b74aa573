#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Programs of Debian's, as they are: what they give with the library is what they give without."""

import hashlib
import os
import pathlib
import random
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

COMMAND = os.environ["HOLDFAST_CLI"]
SCALE = int(os.environ.get("HOLDFAST_TEST_SCALE", "1"))
PATIENCE = 300 * SCALE  # seconds
PYTHON = "/usr/bin/python3"
os.environ["PATH"] += os.pathsep + os.environ.get("HOLDFAST_PROGRAMS", "")


def run(*words, under=True, **options):
    command = ([COMMAND, "run", "--"] if under else []) + list(map(str, words))
    return subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False, **options)


class Programs(unittest.TestCase):
    def need(self, program):
        if shutil.which(program) is None:
            self.skipTest(f"{program} is not installed")

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def assert_good(self, result):
        self.assertEqual(result.returncode, 0, result.stdout[-2000:] + result.stderr[-2000:])
        return result.stdout

    def compressed_the_same(self, *words):
        self.need(words[0])
        source = self.folder / "source"
        generator = random.Random(9)
        source.write_bytes(b"".join(generator.randbytes(50) * generator.randrange(1, 9)
                                    for _ in range(20_000 * min(SCALE, 8))))
        packed = [self.assert_good(run(*words, source, under=under)) for under in (True, False)]
        self.assertEqual(*(hashlib.sha256(each).hexdigest() for each in packed))
        unpacked = self.assert_good(run(words[0], "-dc", input=packed[0]))
        self.assertEqual(unpacked, source.read_bytes())

    def test_pigz(self):
        self.compressed_the_same("pigz", "-c", "-p", "4")

    def test_lbzip2(self):
        self.compressed_the_same("lbzip2", "-c", "-n", "4")

    def test_pbzip2(self):
        self.compressed_the_same("pbzip2", "-c", "-p4", "-b1")

    def test_xz(self):
        self.compressed_the_same("xz", "-c", "-1", "-T4", "--block-size=1MiB")

    def test_sysbench(self):
        self.need("sysbench")
        for words in (("mutex", "--mutex-num=4", f"--mutex-locks={10_000 * SCALE}", "--mutex-loops=50"),
                      ("threads", f"--events={200 * SCALE}", "--time=0")):
            output = self.assert_good(run("sysbench", words[0], "--threads=8", *words[1:], "run"))
            self.assertIn(b"total number of events", output)

    def test_stress_ng(self):
        self.need("stress-ng")
        words = ["stress-ng", "--mutex", "2", "--sem", "2", "--pthread", "2", "--timeout", f"{2 * SCALE}s",
                 "--temp-path", self.folder]
        if run(*words, under=False).returncode != 0:
            self.skipTest("stress-ng does not get what it needs here, with or without the library")
        self.assert_good(run(*words))

    def test_threads_and_queues_of_python(self):
        script = """
import queue, threading
work, done = queue.Queue(10), queue.Queue()
def run():
    while (item := work.get()) is not None: done.put(item * item)
threads = [threading.Thread(target=run) for _ in range(8)]
for each in threads: each.start()
for i in range(5000): work.put(i)
for _ in threads: work.put(None)
for each in threads: each.join()
print(sum(done.get() for _ in range(done.qsize())))
"""
        output = self.assert_good(run(PYTHON, "-c", script))
        self.assertEqual(output, b"%d\n" % sum(i * i for i in range(5000)))

    def test_the_tests_of_python(self):
        if run(PYTHON, "-c", "import test.test_thread, test.test_threading", under=False).returncode != 0:
            self.skipTest("the tests of python3 (libpython3-testsuite) are not installed")
        # The short ones; test_threading starts many processes and takes 25 s on a busy machine: for the long run.
        names = ["test_thread"] if SCALE == 1 else ["test_thread", "test_threading", "test_queue"]
        self.assert_good(run(PYTHON, "-m", "test", *names, cwd=self.folder))

    def talk(self, path, request, enough):
        """What a server on a socket of the file system answers."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(60)
            connection.connect(str(path))
            connection.sendall(request)
            answer = b""
            while not answer.endswith(enough):
                part = connection.recv(65536)
                self.assertTrue(part, answer)
                answer += part
        return answer

    def serve(self, path, *words):
        server = subprocess.Popen([COMMAND, "run", "--", *map(str, words)], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        self.addCleanup(server.wait, timeout=60)
        self.addCleanup(server.kill)
        end = time.monotonic() + 60
        while not self.listens(path):
            self.assertIsNone(server.poll(), "the server has ended")
            self.assertLess(time.monotonic(), end, "the server does not listen")
            time.sleep(0.01)
        return server

    def listens(self, path):
        with socket.socket(socket.AF_UNIX) as connection:
            return connection.connect_ex(str(path)) == 0

    def assert_ends(self, server):
        server.terminate()
        self.assertIn(server.wait(timeout=60), (0, 128 + 15))

    def test_memcached(self):
        self.need("memcached")
        path = self.folder / "socket"
        server = self.serve(path, "memcached", "-s", path, "-t", "4", *(("-u", "root") if os.geteuid() == 0 else ()))
        for i in range(50):
            request = b"set k%d 0 0 5\r\nvalue\r\nget k%d\r\n" % (i, i)
            self.assertEqual(self.talk(path, request, b"END\r\n"), b"STORED\r\nVALUE k%d 0 5\r\nvalue\r\nEND\r\n" % i)
        self.assert_ends(server)

    def test_redis(self):
        self.need("redis-check-rdb")
        program = self.folder / "redis-server"  # the same program, by its other name
        program.symlink_to(shutil.which("redis-check-rdb"))
        path = self.folder / "socket"
        server = self.serve(path, program, "--port", "0", "--unixsocket", path, "--io-threads", "4",
                            "--io-threads-do-reads", "yes", "--save", "", "--dir", self.folder)
        for i in range(50):
            request = b"SET k%d %d\r\nINCR k%d\r\nBGSAVE\r\nPING\r\n" % (i, i, i)
            self.assertIn(b"+OK\r\n:%d\r\n" % (i + 1), self.talk(path, request, b"+PONG\r\n"))
        self.assert_ends(server)


if __name__ == "__main__":
    unittest.main(verbosity=2)
