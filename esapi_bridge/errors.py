"""The two ways a command can end badly, told apart by exit code."""


class BridgeError(Exception):
    """Something went wrong: says what was expected, what was found and what to do, and never names a patient."""


class RefusedError(BridgeError):
    """The input is understood but must not be used, because a check forbids it (exit code 3)."""
