"""Kernels as children of a warmed process, through Jupyter's own interface for provisioning kernels.

The entry point ``relops-forked`` names this class; a kernel specification whose metadata says
``{"kernel_provisioner": {"provisioner_name": "relops-forked"}}`` uses it. The environment of the process that
asks names the server's socket in ``RELOPS_KERNEL_SERVER``.
"""

from __future__ import annotations

import os
from typing import Any

from jupyter_client.provisioning import LocalProvisioner

from relops.suite.forked import ForkedProcess

SERVER = "RELOPS_KERNEL_SERVER"
LOG = "RELOPS_KERNEL_LOG"
LAUNCHER = "ipykernel_launcher"


class ForkedKernelProvisioner(LocalProvisioner):
    """Jupyter's local provisioner, except that the kernel is forked and not started anew."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict[str, Any]:
        """Fork a kernel for the command ``python -m ipykernel_launcher ...``; return how to connect to it."""
        self.process = ForkedProcess(os.environ[SERVER], {
            "argv": cmd[cmd.index(LAUNCHER) + 1:], "env": kwargs.get("env") or dict(os.environ),
            "cwd": str(kwargs.get("cwd") or os.getcwd()), "log": os.environ.get(LOG, os.devnull)})  # noqa: PTH109
        self.pid = self.pgid = self.process.pid
        self.cwd = kwargs.get("cwd") or os.getcwd()  # noqa: PTH109
        return self.connection_info

    async def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel's processes, unless it has ended and its number may be reused."""
        if self.process:
            self.process.send_signal(signum)
