"""Runner's HTTP API: a module for each noun, one function per call."""
