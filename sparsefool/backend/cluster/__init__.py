"""Experiments on several processes or machines, by Dask, which is imported only where it is asked for."""
