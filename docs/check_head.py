"""Checks signed heads, and runs against them, with no code of Countersign. Needs: pip install cryptography

usage: python check_head.py PUBLIC_KEY FOLDER_OF_HEADS [RUN.jsonl ...]
"""

import json
import sys
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

if not __debug__:
    sys.exit("python -O leaves the checks out")
key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(sys.argv[1]))
heads, signed = [""], []
for path in sorted(Path(sys.argv[2]).glob("head-*.json")):
    head = json.loads(path.read_text())
    key.verify(bytes.fromhex(head["signature"]), head["statement"].encode())  # raises InvalidSignature
    said, entries = json.loads(head["statement"]), path.with_suffix(".entries").read_bytes()
    assert sha256(entries).hexdigest() == said["entries_sha256"], f"{path.name}: other entries were signed"
    assert said["previous"] in heads, f"{path.name}: the head before it is missing"
    heads.append(sha256(head["statement"].encode()).hexdigest())
    signed += [line.split() for line in entries.decode().splitlines()]
    print(f"head {said['number']} of {said['at']}: signature, link and {said['n_entries']} entries hold")

for name in sys.argv[3:]:
    first, *rows = [json.loads(line) for line in Path(name).read_text().splitlines()]
    hashes, sealed = [sha256(f"countersign run {first['run']}".encode())], {}
    seen = [(int(length), digest) for _, subject, length, digest in signed if subject == first["run"]]
    for row in [row for row in rows if "canonical" in row][
        : max(seen, default=(0, ""))[0]
    ]:  # later rows prove nothing
        said = json.loads(row["canonical"])
        assert said["prev_hash"] == "\\x" + hashes[-1].hexdigest(), "a row is missing or was changed"
        hashes.append(sha256(hashes[-1].digest() + row["canonical"].encode()))
        digest = said.get("raw_digest") or said.get("quote_digest")
        assert not digest or digest == "\\x" + sha256(row["words"].encode()).hexdigest(), "changed words"
        sealed = said.get("facts", {}).get("values", sealed)
    texts = {row["id"]: (row["shape"], row["words"]) for row in rows if "id" in row}
    values = {
        name: " ".join(sha256(text.encode()).hexdigest() for text in two) for name, two in texts.items()
    }
    assert values == sealed, "the values are not the sealed ones"
    assert seen and all(hashes[length].hexdigest() == digest for length, digest in seen), "never signed so"
    print(f"run {first['run']}: {len(hashes) - 1} rows and {len(values)} values are as they were signed")
