"""Checks a signed head, and a run against it, with no code of Countersign.

usage: python check_head.py PUBLIC_KEY HEAD.json [RUN.jsonl]         needs: pip install cryptography
"""

import hashlib
import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

key, head_path, run_path = sys.argv[1], Path(sys.argv[2]), sys.argv[3:]
head = json.loads(head_path.read_text())
text = head["statement"].encode()
Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(head["signature"]), text)
said = json.loads(text)
entries = head_path.with_suffix(".entries").read_bytes()
assert hashlib.sha256(entries).hexdigest() == said["entries_sha256"], "the entries are not the signed ones"
print(f"head {said['number']} of {said['at']}: signature and {said['n_entries']} entries hold")

for name in run_path:
    first, *rows = [json.loads(line) for line in Path(name).read_text().splitlines()]
    link, hashes, sealed = hashlib.sha256(f"countersign run {first['run']}".encode()).digest(), [], {}
    for row in [row for row in rows if "canonical" in row]:
        said_by_row = json.loads(row["canonical"])
        assert said_by_row["prev_hash"] == "\\x" + link.hex(), "a row is missing or was moved"
        link = hashlib.sha256(link + row["canonical"].encode()).digest()
        hashes.append(link.hex())
        for digest in (said_by_row.get("raw_digest"), said_by_row.get("quote_digest")):
            assert not digest or digest == "\\x" + hashlib.sha256(row["words"].encode()).hexdigest()
        sealed = said_by_row.get("facts", {}).get("values", sealed)
    values = {r["id"]: " ".join(hashlib.sha256(r[k].encode()).hexdigest() for k in ("shape", "words")) for r in rows if "id" in r}
    assert values == sealed, "the values are not the sealed ones"
    seen = [line.split() for line in entries.decode().splitlines() if line.split()[1] == first["run"]]
    assert seen, "the head does not speak of this run: take the head in which it ended"
    assert all(hashes[int(length) - 1] == digest for _, _, length, digest in seen), "not the signed run"
    print(f"run {first['run']}: {len(hashes)} rows and {len(values)} values are as they were signed")
