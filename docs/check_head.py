"""Checks signed heads, and runs against them, with no code of Countersign. Needs: pip install cryptography

usage: python check_head.py PUBLIC_KEY FOLDER_OF_HEADS [RUN.jsonl ...]
"""

import hashlib
import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

sha, key = (
    lambda text: hashlib.sha256(text.encode()).hexdigest(),
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(sys.argv[1])),
)
heads, signed = [""], []
for path in sorted(Path(sys.argv[2]).glob("head-*.json")):
    head = json.loads(path.read_text())
    key.verify(bytes.fromhex(head["signature"]), head["statement"].encode())  # raises InvalidSignature
    said, entries = json.loads(head["statement"]), path.with_suffix(".entries").read_text()
    assert sha(entries) == said["entries_sha256"], f"{path.name}: its entries are not the signed ones"
    assert said["previous"] in heads, f"{path.name}: the head before it is missing"
    heads.append(sha(head["statement"]))
    signed += [line.split() for line in entries.splitlines()]
    print(f"head {said['number']} of {said['at']}: signature, link and {said['n_entries']} entries hold")

for name in sys.argv[3:]:
    first, *rows = [json.loads(line) for line in Path(name).read_text().splitlines()]
    link, hashes, sealed = sha(f"countersign run {first['run']}"), [], {}
    for row in [row for row in rows if "canonical" in row]:
        said = json.loads(row["canonical"])
        assert said["prev_hash"] == "\\x" + link, (
            f"row {said['trail_position']}: the row before it is missing or was changed"
        )
        link = hashlib.sha256(bytes.fromhex(link) + row["canonical"].encode()).hexdigest()
        hashes.append(link)
        digest = said.get("raw_digest") or said.get("quote_digest")
        assert not digest or digest == "\\x" + sha(row["words"]), (
            f"row {said['trail_position']}: its words were changed"
        )
        sealed = said.get("facts", {}).get("values", sealed)
    values = {row["id"]: f"{sha(row['shape'])} {sha(row['words'])}" for row in rows if "id" in row}
    assert values == sealed, "the values are not the sealed ones"
    seen = [(int(length), digest) for _, subject, length, digest in signed if subject == first["run"]]
    assert seen and all(hashes[length - 1 : length] == [digest] for length, digest in seen), (
        "no head signed this run so"
    )
    print(f"run {first['run']}: {len(hashes)} rows and {len(values)} values are as they were signed")
