"""Real pages in Debian's Chromium, driven by Playwright."""
