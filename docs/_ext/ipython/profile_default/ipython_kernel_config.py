"""Kernels talk over the loopback to the build alone: no warning that they do so in the clear."""

c = get_config()  # noqa: F821
c.IPKernelApp.log_level = 40
c.HistoryManager.enabled = False
