"""Build the Lambda zip: `python -m deploy.package STAGE [--lean] [--naive]`.

It installs wheels for Lambda's Python 3.11 on Amazon Linux 2 into a new environment, removes files that never run, and
compiles the rest: Zappa dates every file 1980, so Python would otherwise compile them again on each cold start.
`--lean` leaves out the libraries of tokens and SMS. `--naive` removes and compiles nothing, for comparison.
"""

import argparse
import compileall
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from py_compile import PycInvalidationMode

from .stage import ROOT, Stage

BUILD = ROOT / "build" / "lambda"
PLATFORM = "x86_64-manylinux2014"  # Lambda's python3.11 is Amazon Linux 2: glibc 2.26
TASK = "/var/task"  # where Lambda unpacks the zip, for the file names in tracebacks

PROJECT = ("otp", "otpsite", "templates")
# Excluded: local mode and what only it uses, and documents.
NOT_PROJECT = ("__pycache__", "local", "dashboard", "demo_data.py", "*.md", "*.po")
TOKENS_AND_SMS = ("cffi", "_cffi_backend*", "cryptography", "jwt", "phonenumbers", "pycparser")

# The AWS services that the site uses. botocore has data for four hundred services, which takes 25 MB.
SERVICES = {"dynamodb", "sesv2", "sns", "ssm"}
# The API's documentation page only needs the bundle and the style of Swagger UI.
UNUSED_STATIC = ("redoc", "*.js.map", "*-standalone-preset*", "oauth2-redirect.*", "favicon-*.png")
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
    "boto3/data",
    "boto3/examples",
    "cffi/setuptools_ext.py",
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
    "zappa/asynchronous.py",
    "zappa/cli.py",
    "zappa/core.py",
    "zappa/letsencrypt.py",
    "zappa/websocket.py",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage")
    parser.add_argument("--lean", action="store_true", help="without the libraries of tokens and SMS")
    parser.add_argument("--naive", action="store_true", help="as Zappa does it by default, to compare with")
    options = parser.parse_args()
    print(build(Stage.load(options.stage), lean=options.lean, naive=options.naive))


def build(stage: Stage, *, lean: bool = False, naive: bool = False) -> str:
    """Build one zip under build/. Returns its name and sizes as text."""
    kind = "lambda-naive" if naive else "lambda-lean" if lean else "lambda"
    target = BUILD.parent / f"{kind}.zip"
    shutil.rmtree(BUILD, ignore_errors=True)
    packages = install(BUILD / "venv")
    project = stage_project(BUILD / "project", stage.brand)
    collect_static(project, packages, stage.brand)
    if not naive:
        prune(packages, lean=lean)
        for folder in (packages, project):
            compile_all(folder)
    zappa_package(stage, project, BUILD / "venv", target)
    shutil.rmtree(BUILD)
    return f"{target.relative_to(ROOT)}: {size(target)}"


def install(venv: Path) -> Path:
    """Install requirements/lambda.txt in the layout of the virtual environment that Zappa looks for."""
    packages = venv / "lib" / "python3.11" / "site-packages"
    packages.mkdir(parents=True)
    run(
        *(Path(sys.executable).parent / "uv", "pip", "install", "--quiet", "--no-config", "--target", packages),
        *("--python", sys.executable, "--python-platform", PLATFORM, "--python-version", "3.11"),
        *("--only-binary", ":all:", "--no-deps", "--require-hashes", "-r", ROOT / "requirements" / "lambda.txt"),
    )
    return packages


def stage_project(project: Path, brand: str) -> Path:
    """Copy the project's own code that the function needs."""
    for name in (*PROJECT, *([brand] if (ROOT / brand).is_dir() else [])):
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns(*NOT_PROJECT))
    return project


def collect_static(project: Path, packages: Path, brand: str) -> None:
    """Collect the static files, with hashed names. The settings require secrets, so arbitrary ones are given."""
    stand_ins = {"OTP_KEYS": "unused", "OTP_FROM_EMAIL": "unused@localhost", "OTP_ALLOWED_HOSTS": "localhost"}
    named = {"DJANGO_SETTINGS_MODULE": "otpsite.settings", "OTP_BRAND": brand}
    environment = {"PYTHONPATH": str(packages), **named, **stand_ins}
    run(
        *(sys.executable, "-S", "-B", "-m", "django", "collectstatic", "--noinput", "--verbosity=0"),
        *(f"--ignore={pattern}" for pattern in UNUSED_STATIC),
        cwd=project,
        env=environment | {"PATH": os.environ["PATH"]},
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


def compile_all(folder: Path) -> None:
    """Compile without later checks of date or content, since no file changes after unpacking."""
    compileall.compile_dir(
        folder,
        quiet=2,
        force=True,
        stripdir=str(folder),
        prependdir=TASK,
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
    )


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


def run(*command: object, **options: object) -> None:
    subprocess.run([str(word) for word in command], check=True, **options)  # type: ignore[call-overload]


if __name__ == "__main__":
    main()
