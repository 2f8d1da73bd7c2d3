"""`make environments` finds every way to name a package, and packages that the lock lacks."""

import ast

import pytest

from tests.support import imports

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "line",
    [
        "import borrowed.part",
        "from borrowed.part import something",
        "def late():\n    from borrowed import something",
        "if sys.platform == 'win32':\n    pass\nelse:\n    import borrowed",
        "importlib.import_module('borrowed.part')",
        "pytest.importorskip('borrowed')",
        "find_spec('borrowed')",
        "INSTALLED_APPS = ['otp', *(['borrowed'] if LOCAL else [])]",
        "settings.MIDDLEWARE = [*settings.MIDDLEWARE, 'borrowed.Middleware']",
        "TEMPLATES = [{'BACKEND': 'borrowed.Templates', 'DIRS': []}]",
    ],
)
def test_every_way_to_name_a_package_is_found(line):
    found = imports.Named(typed=False)
    found.visit(ast.parse(line))
    assert "borrowed" in {module.partition(".")[0] for module in found.modules}


def test_imports_for_type_checking_count_only_where_mypy_runs():
    source = "if TYPE_CHECKING:\n    import stubs\nelse:\n    import real"
    for typed, expected in ((True, {"stubs", "real"}), (False, {"real"})):
        found = imports.Named(typed=typed)
        found.visit(ast.parse(source))
        assert found.modules == expected


def test_a_command_next_to_python_is_found():
    found = imports.Named(typed=False)
    found.visit(ast.parse("run([Path(sys.executable).parent / 'borrowed', 'x'])"))
    assert found.commands == {"borrowed"}


def test_modules_and_commands_of_the_makefile_are_found():
    found = imports.named("dev")
    assert {"ruff", "mypy", "lint-imports", "bandit", "uv", "st"} <= found.commands
    assert "pytest" in found.modules
    assert "streamlit" in imports.named("dashboard").modules


def test_a_package_that_the_lock_lacks_is_named(monkeypatch):
    """The validator of the OpenAPI document was once only in the lock of the deployment."""
    everything = imports.locked("dev")
    monkeypatch.setattr(imports, "locked", lambda lock: everything - {"openapi-spec-validator"})
    found = list(imports.faults("dev"))
    assert "openapi_spec_validator is imported, and no package of the lock brings it" in found
    assert "openapi-spec-validator is installed and not in the lock" in found


def test_a_command_that_no_package_provides_is_named(monkeypatch):
    wanted = imports.Named(typed=False)
    wanted.commands = {"no-such-command"}
    monkeypatch.setattr(imports, "named", lambda lock: wanted)
    assert "no-such-command is started, and no package of the lock brings it" in list(imports.faults("dev"))
