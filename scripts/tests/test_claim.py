"""Blocks of user ids, claimed by several servers of one host."""
import json
import os
import resource
import shutil
import subprocess
import tempfile
import unittest

from harness import PYTHON, WRAPPER

RANGE = "700000-700999"


class Claim(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="steward-claim-")
        self.addCleanup(shutil.rmtree, self.root)
        self.directory = os.path.join(self.root, "uids")

    def folder(self, name):
        path = os.path.join(self.root, name)
        os.makedirs(path, exist_ok=True)
        return path

    def start(self, owner, *more, block=300, folder=None, before=None):
        folder = folder or self.folder(owner)
        words = ["--claim-uids", self.directory, "--owner", owner, "--folder", folder, "--range", RANGE, "--block", str(block), *more]
        return subprocess.Popen([*PYTHON, WRAPPER, *words], stdout=subprocess.PIPE, text=True, preexec_fn=before)

    def answer(self, process):
        told = json.loads(process.communicate(timeout=30)[0])
        self.assertEqual(process.returncode, 0 if told["type"] == "uids" else 8)
        return told

    def claim(self, *arguments, **settings):
        return self.answer(self.start(*arguments, **settings))

    def test_each_owner_has_a_block_of_its_own_and_keeps_it(self):
        firsts = [self.claim(owner)["first"] for owner in ("one", "two", "three", "one", "two")]
        self.assertEqual(firsts, [700000, 700300, 700600, 700000, 700300])

    def test_owners_that_claim_at_once_get_different_blocks(self):
        processes = [self.start("owner-%d" % number, block=100) for number in range(10)]
        answers = [self.answer(process) for process in processes]
        self.assertEqual(sorted(told["first"] for told in answers), list(range(700000, 701000, 100)))

    def test_a_full_range_names_who_has_it(self):
        for owner in ("one", "two", "three"):
            self.claim(owner)
        told = self.claim("four")
        self.assertEqual(told["code"], "uids_taken")
        self.assertIn(self.folder("two"), told["message"])

    def test_a_claim_ends_with_its_data_folder(self):
        self.claim("one")
        self.claim("two")
        shutil.rmtree(self.folder("one"))
        self.assertEqual(self.claim("three")["first"], 700000)

    def test_a_block_that_is_asked_for_is_given_or_refused(self):
        self.assertEqual(self.claim("one", "--first", "700500")["first"], 700500)
        self.assertEqual(self.claim("one", "--first", "700100")["first"], 700100)
        # The former block of the same owner is free again; one that overlaps is not.
        self.assertEqual(self.claim("two", "--first", "700500")["first"], 700500)
        self.assertEqual(self.claim("three", "--first", "700399")["code"], "uids_taken")

    def test_a_data_folder_whose_owner_is_new_gets_its_block_back(self):
        self.claim("one")
        self.claim("two")
        self.assertEqual(self.claim("anew", folder=self.folder("two"))["first"], 700300)

    def test_another_size_of_the_block_overlaps_nobody(self):
        self.claim("one", block=100)
        self.claim("two", block=100)
        told = self.claim("three", block=500)
        self.assertEqual((told["first"], told["last"]), (700500, 700999))

    def test_a_claim_of_another_host_or_one_that_cannot_be_read_is_respected(self):
        self.claim("one")
        self.claim("two")
        with open(os.path.join(self.directory, "700000-700299"), "w") as file:
            json.dump({"owner": "x", "folder": "/nowhere", "host": "another"}, file)
        with open(os.path.join(self.directory, "700300-700599"), "w") as file:
            file.write("{")
        self.assertEqual(self.claim("three")["first"], 700600)

    def test_a_directory_that_others_may_write_is_not_believed(self):
        os.mkdir(self.directory)
        os.chmod(self.directory, 0o777)
        self.assertEqual(self.claim("one")["code"], "uids_unclaimable")

    def test_what_fails_only_now_is_not_told_as_lasting(self):
        # Files may not grow, as on a full disk: a server that took this for "claims are impossible here" would do without.
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        self.assertEqual(self.answer(self.start("one", before=limit))["code"], "uids_failed")
        self.assertEqual(self.claim("one")["first"], 700000)

    def test_a_wrong_call_says_how_it_is_called(self):
        for words in ([], ["relative"], [self.directory, "--owner", "x"]):
            with self.subTest(words):
                done = subprocess.run([*PYTHON, WRAPPER, "--claim-uids", *words], capture_output=True, timeout=30)
                self.assertEqual((done.returncode, done.stdout), (2, b""))
                self.assertIn(b"--range", done.stderr)


if __name__ == "__main__":
    unittest.main()
