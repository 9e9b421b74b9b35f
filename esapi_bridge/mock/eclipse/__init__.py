"""The mock Eclipse: a host program in C# that opens a database and runs compiled scripts, and what starts it."""

from esapi_bridge.mock.eclipse.launcher import HostOptions, build_host, run_host

__all__ = ["HostOptions", "build_host", "run_host"]
