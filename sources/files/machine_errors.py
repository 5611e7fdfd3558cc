"""Errors of the system that are about the machine, not about the file that was being read."""

import errno

NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
NO_RIGHT = frozenset({errno.EACCES, errno.EPERM})
# A network drive that blinks, a file that another program lets go of: trying again is what a person would do.
PASSING = frozenset(
    {errno.EAGAIN, errno.EBUSY, errno.EINTR, errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.ENOTCONN}
)
NO_MORE = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})


def is_of_the_machine(error: OSError) -> bool:
    """Whether whatever is done next would fail in the same way; no right to one file is that file's affair."""
    return error.errno in NO_SPACE | PASSING | NO_MORE | {errno.EROFS}
