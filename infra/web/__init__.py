"""The web application: boards over the views, and evidence pages. Listens on 127.0.0.1 unless told."""
