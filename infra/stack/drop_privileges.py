"""Run a command as an unprivileged user: PostgreSQL refuses to run as root.

Run as a script by root: `drop_privileges.py UID GID COMMAND...`. The command keeps one capability
of root, to reach files that only root may read (a checkout below a closed home folder). It imports
no module of Countersign.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys

CAP_DAC_OVERRIDE = 1
PR_SET_KEEPCAPS, PR_SET_SECUREBITS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 8, 28, 47, 2
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAPABILITY_VERSION_3 = 0x20080522
"""Source: linux/capability.h, linux/prctl.h, linux/securebits.h. Without the secure bit, access(2),
with which PostgreSQL looks for its files, ignores capabilities of other users than root."""


def main(argv: list[str]) -> None:
    uid, gid, command = int(argv[0]), int(argv[1]), argv[2:]
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    keep_one_capability(libc)
    os.execv(command[0], command)


def keep_one_capability(libc: ctypes.CDLL) -> None:
    """If a container forbids it, the command runs without, and reports what it cannot reach."""
    mask = 1 << CAP_DAC_OVERRIDE
    header = struct.pack("=Ii", CAPABILITY_VERSION_3, 0)
    if libc.capset(header, struct.pack("=6I", mask, mask, mask, 0, 0, 0)) == 0:
        libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


if __name__ == "__main__":
    main(sys.argv[1:])
