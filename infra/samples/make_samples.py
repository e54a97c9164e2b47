"""Writes the sample documents: `python -m infra.samples.make_samples [FOLDER]`. Needs reportlab (the extra `dev`).

Each run gives the same bytes. The Chinese agreement needs the Song typeface (Debian: fonts-arphic-gbsn00lp) and is left as it is
without it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from infra.samples import broken, cv, investment_en, investment_zh, services

HERE = Path(__file__).parent
MAKERS: dict[str, Callable[[Path], None]] = {
    cv.NAME: cv.make,
    broken.NAME: broken.make,
    services.NAME: services.make,
    investment_en.NAME: investment_en.make,
    investment_zh.NAME: investment_zh.make,
}


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    for name, make in MAKERS.items():
        make(folder)
        if (folder / name).is_file():
            print(f"{name}: {(folder / name).stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
