"""What one would write in an afternoon: pypdf, one request at a time, one INSERT a row. See `tests.bench.pipeline_speed`.

    python -m tests.bench.plain_script BUCKET PREFIX [results|trail]

`results`: pages, values and findings. `trail`: also chunks, every answer, and whether a field was found in a chunk, as the product keeps them.
"""

import io
import json
import os
import sys
import time
from typing import Any, LiteralString

import boto3
import numpy as np
import psycopg
from pypdf import PdfReader
from tritonclient.grpc import InferenceServerClient, InferInput

from tasks.core.schema import load_schema

TABLES = """DROP SCHEMA IF EXISTS plain CASCADE;
CREATE SCHEMA plain;
CREATE TABLE plain.page (key text, number int, content text);
CREATE TABLE plain.found (key text, chunk int, round int, field text, quote text, score float, kind text);
CREATE TABLE plain.chunk (key text, number int, content text);
CREATE TABLE plain.answer (key text, chunk int, round int, model text, answer jsonb);
CREATE TABLE plain.cell (key text, chunk int, field text, is_found bool)"""
INSERT: dict[str, LiteralString] = {
    "page": "INSERT INTO plain.page VALUES (%s, %s, %s)",
    "found": "INSERT INTO plain.found VALUES (%s, %s, %s, %s, %s, %s, %s)",
    "chunk": "INSERT INTO plain.chunk VALUES (%s, %s, %s)",
    "answer": "INSERT INTO plain.answer VALUES (%s, %s, %s, %s, %s)",
    "cell": "INSERT INTO plain.cell VALUES (%s, %s, %s, %s)",
}
CHUNK_CHARS, MAX_ROUNDS = 6000, 3
EMPTY = {"lead_in": "", "context_before": "", "context_after": "", "headings": [], "position": 0.0}


def ask(client: Any, model: str, task: str, **asked: Any) -> Any:
    tensor = InferInput("request", [1, 1], "BYTES")
    request = json.dumps({"task": task, **asked}).encode()
    tensor.set_data_from_numpy(np.array([[request]], dtype=np.object_))
    return json.loads(client.infer(model, [tensor]).as_numpy("response")[0][0])


def insert(db: psycopg.Connection, table: str, *row: Any) -> None:
    db.execute(INSERT[table], row)


def loop(
    client: Any, db: psycopg.Connection, schema: Any, key: str, index: int, text: str, has_trail: bool
) -> None:
    passages = [{"kind": "body", "text": text, "marker": None}]
    asked = {"schema": schema, "chunk": {"index": index, "kind": "body", "passages": passages, **EMPTY}}
    items, findings = [], []
    for number in range(1, MAX_ROUNDS + 1):
        again = {"round": number, "previous": items, "findings": findings}
        said = ask(client, "generator", "generate", **asked, **again)
        items = [item for item in said["items"] if item["quote"] in text]
        starts = [text.index(item["quote"]) for item in items]
        ends = [start + len(item["quote"]) for start, item in zip(starts, items, strict=True)]
        placed = [
            {**i, "passage": 0, "start": s, "end": e} for i, s, e in zip(items, starts, ends, strict=True)
        ]
        judged = ask(client, "critic", "critique", **asked, round=number, candidates=placed)
        doubted = [{**items[v["candidate"]], **v} for v in judged["verdicts"] if v["flagged"]]
        findings = [{**found, "kind": "redundant"} for found in doubted]
        findings += [{**found, "kind": "missing", "value": ""} for found in judged["missing"]]
        for row in [{**item, "kind": "value"} for item in items] + findings:
            insert(db, "found", key, index, number, row["field"], row["quote"], row["score"], row["kind"])
        if has_trail:
            insert(db, "answer", key, index, number, "generator", json.dumps(said))
            insert(db, "answer", key, index, number, "critic", json.dumps(judged))
        if not findings:
            break
    if has_trail:
        insert(db, "chunk", key, index, text)
        for field in schema["fields"]:
            insert(db, "cell", key, index, field["name"], any(i["field"] == field["name"] for i in items))


def main(bucket: str, prefix: str, has_trail: bool) -> None:
    s3 = boto3.client("s3", endpoint_url=os.environ["S3_ENDPOINT_URL"])
    triton, schema = (
        InferenceServerClient(os.environ["TRITON_URL"]),
        load_schema("cuad").model_dump(mode="json"),
    )
    started, n_pages = time.perf_counter(), 0
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as db:
        db.execute(TABLES)
        for entry in s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]:
            body = s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
            pages = [page.extract_text() for page in PdfReader(io.BytesIO(body)).pages]
            for number, content in enumerate(pages, 1):
                insert(db, "page", entry["Key"], number, content)
            text = "\n".join(pages)
            for index, at in enumerate(range(0, len(text), CHUNK_CHARS)):
                loop(triton, db, schema, entry["Key"], index, text[at : at + CHUNK_CHARS], has_trail)
            n_pages += len(pages)
    print(
        json.dumps(
            {"n_pages": n_pages, "seconds": time.perf_counter() - started, "cpu_s": time.process_time()}
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], has_trail=sys.argv[3:] == ["trail"])
