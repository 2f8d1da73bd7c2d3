"""What `make run` reports if Python is too old or incomplete."""

import os
import subprocess

import pytest


@pytest.fixture
def make_with(tmp_path):
    """Run `make run` with a stand-in for Python; returns the process and where the environment would be."""

    def make(script):
        python, venv = tmp_path / "python", tmp_path / "venv"
        python.write_text(f"#!/bin/sh\n{script}\n")
        python.chmod(0o755)
        # Variables of an outer make would change the output of this one.
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
        command = ["make", "run", f"PYTHON={python}", f"VENV={venv}"]
        return subprocess.run(command, env=environment, capture_output=True, text=True), venv

    return make


def test_an_old_python_gives_one_line_with_the_remedy(make_with):
    done, venv = make_with("exit 1")
    assert done.returncode != 0
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "Python 3.11 or newer is needed: install it, or name it with PYTHON=" in done.stderr
    assert not venv.exists()


def test_a_python_without_venv_gives_one_line_with_the_remedy(make_with):
    done, venv = make_with('case "$2" in *ensurepip*) exit 1 ;; esac')
    assert done.returncode != 0
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "apt install python3-venv" in done.stderr
    assert not venv.exists()
