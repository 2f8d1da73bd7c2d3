"""Build the Lambda zip: `python -m deploy.package STAGE [--lean]`.

It installs wheels for the stage's runtime and architecture into a new environment, removes files that never run, and
compiles the rest: Zappa dates every file 1980, so Python would otherwise compile them again on each cold start.
`--lean` leaves out the libraries of tokens and SMS. `--rehearsal` builds all zips that the rehearsal tests.
"""

import argparse
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product
from pathlib import Path

from .stage import ARCHITECTURES, ROOT, RUNTIMES, Stage

BUILD = ROOT / "build" / "lambda"
# Wheels for glibc 2.17: Lambda's python3.11 is Amazon Linux 2 with glibc 2.26, its python3.13 Amazon Linux 2023.
PLATFORMS = {"x86_64": "x86_64-manylinux2014", "arm64": "aarch64-manylinux2014"}
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
TASK = "/var/task"  # where Lambda unpacks the zip, for the file names in tracebacks

PROJECT = ("otp", "otpsite", "templates")
# Excluded: local mode and what only it uses, and documents.
NOT_PROJECT = ("__pycache__", "local", "dashboard", "demo_data.py", "*.md", "*.po")
NOT_LEAN = ("OTP_JWT_KEYS", "OTP_JWT_ISSUER", "OTP_SMS", "OTP_SNS_TOPICS")
TOKENS_AND_SMS = ("_cffi_backend*", "cryptography", "jwt", "phonenumbers")

# The AWS services that the site uses. botocore has data for four hundred services, which takes 25 MB.
SERVICES = {"dynamodb", "sesv2", "sns", "ssm"}
# The API's documentation page only needs the bundle and the style of Swagger UI. The admin only loads the minified
# scripts, because DEBUG is off. These are whole paths, so that no file of a brand is left out.
UNUSED_STATIC = (
    "drf_spectacular_sidecar/redoc/*",
    "drf_spectacular_sidecar/*.js.map",
    "drf_spectacular_sidecar/*-standalone-preset*",
    "drf_spectacular_sidecar/*/oauth2-redirect.*",
    "drf_spectacular_sidecar/*/favicon-*.png",
    "admin/js/vendor/jquery/jquery.js",
    "admin/js/vendor/select2/select2.full.js",
    "admin/js/vendor/xregexp/xregexp.js",
)
# Django's own translations are removed: pages only have this project's texts, and the admin is in English. The number
# formats and plural rules of the site's languages are kept.
LANGUAGES = {"ar", "de", "en", "es", "fr", "hi"}
UNUSED = (
    ".lock",
    "bin",
    "**/*.pyi",
    "**/py.typed",
    "**/*.c",
    "**/tests",
    "*.dist-info/RECORD",
    "boto3/data",
    "boto3/examples",
    "cffi",  # cryptography only imports its extension, _cffi_backend
    "cryptography/hazmat/bindings/_rust",
    "django/bin",
    "django/conf/*_template",
    "django/contrib/*/migrations",  # there is no SQL database
    "django/contrib/*/static",  # collected already
    "django/contrib/admindocs",
    "django/contrib/flatpages",
    "django/contrib/gis",
    "django/contrib/postgres",
    "django/contrib/redirects",
    "django/contrib/sitemaps",
    "django/contrib/syndication",
    "django/db/backends/mysql",
    "django/db/backends/oracle",
    "django/db/backends/postgresql",
    "django/db/backends/sqlite3",
    "django/test",
    "drf_spectacular_sidecar/static",  # collected already
    "pycparser",  # for cffi
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage")
    parser.add_argument("--lean", action="store_true", help="without the libraries of tokens and SMS")
    parser.add_argument(
        "--rehearsal", action="store_true", help="build for each runtime and architecture, and to compare"
    )
    options = parser.parse_args()
    stage = Stage.load(options.stage)
    zips = rehearsed(stage) if options.rehearsal else [("lambda", stage, {"lean": options.lean})]
    project = prepare(stage)
    with ThreadPoolExecutor(os.cpu_count()) as at_once:
        print("\n".join(at_once.map(lambda each: build(each[0], each[1], project, **each[2]), zips)))
    shutil.rmtree(BUILD)


def rehearsed(stage: Stage) -> Iterator[tuple[str, Stage, dict[str, bool]]]:
    """The zips of the rehearsal: name, stage, and options of `build`."""
    yield "lambda", stage, {}
    yield "lambda-lean", stage, {"lean": True}
    yield "lambda-naive", stage, {"naive": True}
    for runtime, architecture in product(RUNTIMES, ARCHITECTURES):
        other = replace(stage, settings=stage.settings | {"runtime": runtime, "architecture": architecture})
        if other != stage:
            yield f"lambda-{runtime}-{architecture}", other, {}


def prepare(stage: Stage) -> Path:
    """Copy this project's code and collect its static files, which are the same in each zip."""
    shutil.rmtree(BUILD, ignore_errors=True)
    project = stage_project(BUILD / "project", stage.brand)
    collect_static(project, stage.brand)
    return project


def build(name: str, stage: Stage, prepared: Path, *, lean: bool = False, naive: bool = False) -> str:
    """Build one zip under build/. Returns its name and sizes as text. `naive` removes and compiles nothing, as Zappa.

    Raises SystemExit if a lean zip lacks the libraries that a setting of the stage needs.
    """
    if lean and (asking := [name for name in NOT_LEAN if stage.environment.get(name)]):
        raise SystemExit(f"{', '.join(asking)} needs libraries that LEAN=1 leaves out: run this without LEAN=1.")
    work, target = BUILD / name, BUILD.parent / f"{name}.zip"
    packages = install(stage, work / "venv")
    project = Path(shutil.copytree(prepared, work / "project"))
    if not naive:
        prune(packages, lean=lean)
        compile_all(stage.python_version, packages, project)
    zappa_package(stage, project, work / "venv", target)
    shutil.rmtree(work)
    return f"{target.relative_to(ROOT)} for {stage.runtime} on {stage.architecture}: {size(target)}"


def install(stage: Stage, venv: Path) -> Path:
    """Install requirements/lambda.txt in the layout of the virtual environment that Zappa looks for.

    Its folder has the name of the Python that runs Zappa, whatever the stage's runtime is.
    """
    packages = venv / "lib" / f"python{HERE}" / "site-packages"
    packages.mkdir(parents=True)
    platform = PLATFORMS[stage.architecture]
    run(
        *(Path(sys.executable).parent / "uv", "pip", "install", "--quiet", "--no-config", "--target", packages),
        *("--python", sys.executable, "--python-platform", platform, "--python-version", stage.python_version),
        *("--only-binary", ":all:", "--no-deps", "--require-hashes", "-r", ROOT / "requirements" / "lambda.txt"),
    )
    return packages


def stage_project(project: Path, brand: str) -> Path:
    """Copy the project's own code that the function needs."""
    for name in (*PROJECT, *([brand] if (ROOT / brand).is_dir() else [])):
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns(*NOT_PROJECT))
    return project


def collect_static(project: Path, brand: str) -> None:
    """Collect the static files, with hashed names. The settings require secrets, so arbitrary ones are given.

    This environment's Django does it, since the zip's packages may be for another processor.
    """
    stand_ins = {"OTP_KEYS": "unused", "OTP_FROM_EMAIL": "unused@localhost", "OTP_ALLOWED_HOSTS": "localhost"}
    named = {"DJANGO_SETTINGS_MODULE": "otpsite.settings", "OTP_BRAND": brand}
    run(
        *(sys.executable, "-B", "-m", "django", "collectstatic", "--noinput", "--verbosity=0"),
        *(f"--ignore={pattern}" for pattern in UNUSED_STATIC),
        cwd=project,
        env={"PATH": os.environ["PATH"], **named, **stand_ins},
    )


def prune(packages: Path, *, lean: bool) -> None:
    """Remove files that never run on Lambda."""
    for pattern in UNUSED + (TOKENS_AND_SMS if lean else ()):
        for path in list(packages.glob(pattern)):
            remove(path)
    for path in (packages / "botocore" / "data").iterdir():
        if path.is_dir() and path.name not in SERVICES:
            remove(path)
    for locale in packages.glob("django/**/locale"):
        kept = LANGUAGES if locale.parent.name == "conf" else {"en"}
        for path in locale.iterdir():
            if path.is_dir() and path.name not in kept | {"__pycache__"}:
                remove(path)


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def compile_all(version: str, *folders: Path) -> None:
    """Compile without later checks of date or content, since no file changes after unpacking.

    Bytecode is for one version of Python. If that isn't installed, nothing is compiled, and cold starts take longer.
    """
    if not (python := interpreter(version)):
        print(f"Python {version} isn't installed here: nothing is compiled, and cold starts will take longer.")
        return
    for folder in folders:
        run(
            *(python, "-m", "compileall", "-qq", "-f", "--invalidation-mode", "unchecked-hash"),
            *("-s", folder, "-p", TASK, folder),
            env={"PATH": os.environ["PATH"]},
            check=False,  # some packages contain templates of modules, which aren't valid Python
        )


def interpreter(version: str) -> str:
    """The path of a Python of that version, or "" if none is installed."""
    if version == HERE:
        return sys.executable
    found = (Path(sys.executable).parent / "uv", "python", "find", "--no-config", "--no-python-downloads", version)
    selected = os.environ | {"PYENV_VERSION": version}  # otherwise pyenv's python3.13 only says how to select it
    return subprocess.run([*map(str, found)], capture_output=True, text=True, check=False, env=selected).stdout.strip()


def zappa_package(stage: Stage, project: Path, venv: Path, target: Path) -> None:
    """Run `zappa package`, which zips the working directory and the environment in VIRTUAL_ENV."""
    target.unlink(missing_ok=True)
    settings = ROOT / "zappa_settings.json"
    run(
        *(Path(sys.executable).parent / "zappa", "package", stage.name, "-s", settings, "-o", target),
        cwd=project,
        env=os.environ | {"VIRTUAL_ENV": str(venv), "AWS_DEFAULT_REGION": stage.region, "PYTHONWARNINGS": "ignore"},
        stdout=subprocess.DEVNULL,
    )


def size(archive: Path) -> str:
    """The zipped and unzipped sizes in MiB, for comparison with Lambda's limits of 50 and 250."""
    with zipfile.ZipFile(archive) as unzipped:
        whole = sum(each.file_size for each in unzipped.infolist())
    return f"{archive.stat().st_size / 2**20:.1f} MiB zipped, {whole / 2**20:.1f} MiB unzipped"


def run(*command: object, check: bool = True, **options: object) -> None:
    subprocess.run([str(word) for word in command], check=check, **options)  # type: ignore[call-overload]


if __name__ == "__main__":
    main()
