"""Check that an environment contains exactly its lock, and everything that its targets import or start.

Run by the environment's own Python, on nothing but the standard library: `python -m tests.support.imports dev`.
Imports count at any depth, and so do modules that Django's settings or a call like `import_module` name in strings.
"""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import distributions, packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SITE = ("manage.py", "otp", "otpsite")
ON_LAMBDA = ("otpsite/gateway.py", "otpsite/handler.py")
# By lock: the files that its targets run, and those among them that belong to another lock's targets.
TARGETS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "local": (SITE, ON_LAMBDA),
    "demo": ((*SITE, "examples/demo"), ON_LAMBDA),
    "dashboard": (("dashboard",), ()),
    "dev": (
        (*SITE, "dashboard", "deploy/policy.py", "deploy/stage.py", "examples", "tests"),
        (*ON_LAMBDA, "tests/lambda"),
    ),
    "lambda": (("otp", "otpsite"), ("otp/local",)),
    "deploy": (("dashboard", "deploy", "otp", "otpsite", "tests"), ()),
    "bench": (("bench", "otp", "otpsite"), ()),
    "mutants": ((*SITE, "mutants", "tests"), (*ON_LAMBDA, "tests/lambda")),
}
TYPED = {"dev", "deploy"}  # mypy needs imports under TYPE_CHECKING here
CALLS = {"import_module", "importorskip", "find_spec", "__import__"}
MODULES = {"INSTALLED_APPS", "MIDDLEWARE", "TEMPLATES", "STORAGES", "DATABASES", "AUTHENTICATION_BACKENDS"}
MODULES |= {"EMAIL_BACKEND", "SESSION_ENGINE", "MESSAGE_STORAGE", "WSGI_APPLICATION", "ROOT_URLCONF"}
MODULE = re.compile(r"[a-z_]\w*(\.\w+)*")
OF_VENV = {"pip", "setuptools"}


class Named(ast.NodeVisitor):
    """Collects the modules that a file names, and the commands of its environment that it starts."""

    def __init__(self, *, typed: bool) -> None:
        self.typed = typed
        self.modules: set[str] = set()
        self.commands: set[str] = set()

    def visit_Import(self, node: ast.Import) -> None:
        self.modules |= {alias.name for alias in node.names}

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if not node.level and node.module:
            self.modules.add(node.module)

    def visit_If(self, node: ast.If) -> None:
        """Skip imports under TYPE_CHECKING, which only mypy follows."""
        skipped = not self.typed and "TYPE_CHECKING" in ast.unparse(node.test)
        for child in node.orelse if skipped else ast.iter_child_nodes(node):
            self.visit(child)

    def visit_Call(self, node: ast.Call) -> None:
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in CALLS and node.args:
            self.modules |= modules(node.args[0])
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        if {getattr(target, "attr", getattr(target, "id", "")) for target in node.targets} & MODULES:
            self.modules |= modules(node.value)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        """`Path(sys.executable).parent / "name"`."""
        if isinstance(node.op, ast.Div) and "sys.executable" in ast.unparse(node.left):
            self.commands |= constants(node.right)
        self.generic_visit(node)


def constants(node: ast.AST) -> set[str]:
    """The strings in an expression; of dictionaries only in the values, since keys don't name modules."""
    if isinstance(node, ast.Dict):
        return set().union(*map(constants, node.values))
    if isinstance(node, ast.Constant):
        return {node.value} if isinstance(node.value, str) else set()
    return set().union(*map(constants, ast.iter_child_nodes(node)))


def modules(node: ast.AST) -> set[str]:
    return {text for text in constants(node) if MODULE.fullmatch(text)}


def named(lock: str) -> Named:
    """The names in the files of a lock's targets, and the Makefile's lines that use its environment."""
    roots, others = TARGETS[lock]
    found = Named(typed=lock in TYPED)
    for root in roots:
        for file in sorted((ROOT / root).rglob("*.py")) or [ROOT / root]:
            if not str(file.relative_to(ROOT)).startswith(others or ("\0",)):
                found.visit(ast.parse(file.read_text()))
    for line in re.findall(rf"\$\(VENV\)/{lock}/bin/([^|;&\n]+)", (ROOT / "Makefile").read_text()):
        command, *words = line.split()
        found.commands.add(command)
        found.modules |= {words[place + 1] for place, word in enumerate(words[:-1]) if word == "-m"}
    return found


def locked(lock: str) -> set[str]:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text()
    return set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE))


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def faults(lock: str) -> Iterator[str]:
    pinned = locked(lock)
    for name in sorted({normal(each.metadata["Name"]) for each in distributions()} - pinned - OF_VENV):
        yield f"{name} is installed and not in the lock"
    ours = {path.stem for path in ROOT.iterdir() if path.is_dir() or path.suffix == ".py"}
    ours |= {init.parent.name for init in (ROOT / "examples").rglob("__init__.py")}
    ours |= {"zappa_settings", "__main__"}  # what Zappa writes into the zip; a program by its own name
    sources, wanted = packages_distributions(), named(lock)
    tops = {module.partition(".")[0] for module in wanted.modules}
    for top in sorted(tops - ours - sys.stdlib_module_names):
        if not pinned & set(map(normal, sources.get(top, []))):
            yield f"{top} is imported, and no package of the lock brings it"
    commands = {path.name for each in distributions() for path in each.files or [] if path.parent.name == "bin"}
    for command in sorted(wanted.commands - commands - {"python"}):
        yield f"{command} is started, and no package of the lock brings it"


def main(lock: str) -> None:
    """Raises SystemExit with everything that is wrong."""
    found = list(faults(lock))
    if found:
        raise SystemExit("\n".join(f"requirements/{lock}.txt: {fault}" for fault in found))
    print(f"requirements/{lock}.txt: its targets need nothing else")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
