"""The database: schema, migrations and named queries."""
