#!/usr/bin/env python3
"""Starts one program, watches it with all its descendants, and leaves none behind.

    python3 -S -E -s claude_wrapper.py [options] -- PROGRAM [ARG...]

The work is in the package `supervisor` beside this file: Python compiles the
entry file anew at every start but caches the bytecode of a package.
"""
import sys

from supervisor.main import main

sys.exit(main(sys.argv[1:]))
