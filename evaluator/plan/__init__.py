"""Checked rules to a plan of arrays that kernels run over."""
