"""Who may see the pages: sign-in by password or OpenID Connect, sessions, and the door before every page."""
