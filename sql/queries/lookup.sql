-- What a reader of the web application looks for: documents by name, and what a form offers.

-- name: keys
-- The keys of documents with this key or file name: those that are there, then those that are gone, the newest first.
SELECT key FROM (
    SELECT key, min(state) AS state, max(source_id) AS newest FROM source_state WHERE key = %(name)s GROUP BY key
    UNION
    SELECT key, min(state), max(source_id) FROM source_state WHERE split_part(key, '/', -1) = %(name)s GROUP BY key
) named
ORDER BY state = 'current' DESC, newest DESC LIMIT 50;

-- name: schemas
-- The names of all schemas that documents were processed with.
SELECT DISTINCT name FROM schema_version ORDER BY name;

-- name: fields
-- The fields of every version of a schema.
SELECT DISTINCT unnest(field_names) AS field FROM schema_version WHERE name = %(schema_name)s ORDER BY field;

-- name: check
-- Whether the server answers and has been migrated.
SELECT 1 FROM (SELECT FROM schema_version LIMIT 1) one;
