"""Each zip contains only what the function needs, for its runtime and architecture, and is small."""

import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from django.contrib.staticfiles.utils import get_files
from django.core.files.storage import FileSystemStorage

from deploy import package
from deploy.package import ROOT, TOKENS_AND_SMS
from deploy.stage import ARCHITECTURES, RUNTIMES, Stage
from tests.support.api import ADDRESS

from .conftest import built
from .runtime import function, runtime_client, unzip
from .site import Site, sign_in

MIB = 2**20
LIMITS = {"lambda": (17, 46), "lambda-lean": (11, 29)}  # zipped and unzipped, at most
MACHINES = {"x86_64": 62, "arm64": 183}  # of ELF
ZIPS = {name: stage for name, stage, _ in package.rehearsed(Stage.load("prod")) if name != "lambda-naive"}

# Files that Zappa adds by itself.
OF_ZAPPA = {"__init__.py", "django_zappa_app.py", "handler.py", "package_info.json", "zappa_settings.py"}
OURS = {"build", "otp", "otpsite", "templates"}
NEVER = {
    "tests": r"(^|/)tests?/",
    "secrets": r"(^|/)\.env|\.pem$(?<!cacert\.pem)|\.key$",
    "settings of other stages": r"zappa_settings\.(json|toml|ya?ml)$",
    "local mode": r"^otp/local/|^templates/local/|moto|waitress|flask",
    "the dashboard": r"streamlit|pandas|^dashboard/",
    "node": r"node_modules|package\.json",
    "version control and caches": r"\.git|_cache/|\.venv",
    "Zappa's command line": r"^zappa/(cli|core|letsencrypt)\.|troposphere|^pip/|setuptools",
    "parts of Django that are not used": r"^django/contrib/(gis|postgres|admindocs)",
    "languages that no page is in": r"^django/(conf/locale/(?!(ar|de|en|es|fr|hi)/|__)|contrib/\w+/locale/(?!en/|__))",
    "lists of installed files": r"\.dist-info/RECORD$",
    "parts of cffi that nothing imports": r"^(cffi|pycparser)/",
    "scripts that the admin loads minified": r"/(jquery|xregexp|select2\.full)(\.\w{12})?\.js",
    "parts of Swagger UI that are not used": r"/redoc/|standalone-preset|oauth2-redirect|swagger.*favicon",
    "services that are not used": r"^botocore/data/(?!(dynamodb|sesv2|sns|ssm)/)[^/]+/",
}


@pytest.fixture(params=ZIPS)
def kind(request):
    return request.param


@pytest.fixture
def opened(kind):
    with zipfile.ZipFile(built(f"{kind}.zip")) as opened:
        yield opened


@pytest.fixture
def names(opened):
    return opened.namelist()


def test_there_is_one_for_every_lambda():
    made = {(stage.runtime, stage.architecture) for stage in ZIPS.values()}
    assert made == {(runtime, architecture) for runtime in RUNTIMES for architecture in ARCHITECTURES}


def test_the_zip_is_small(kind, opened):
    zipped, unzipped = (
        (ROOT / "build" / f"{kind}.zip").stat().st_size,
        sum(each.file_size for each in opened.infolist()),
    )
    most_zipped, most_unzipped = LIMITS.get(kind, LIMITS["lambda"])
    assert (zipped < most_zipped * MIB, unzipped < most_unzipped * MIB) == (True, True)


@pytest.mark.parametrize("what", NEVER)
def test_the_zip_does_not_contain(names, what):
    assert [name for name in names if re.search(NEVER[what], name)] == []


def test_no_static_file_of_a_brand_is_left_out(tmp_path):
    names = ["jquery.js", "app.js.map", "favicon-32.png", "redoc/index.html", "shop/xregexp.js", "shop/select2.full.js"]
    for path in (tmp_path / name for name in names):
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    found = get_files(FileSystemStorage(tmp_path), package.UNUSED_STATIC)
    assert sorted(found) == sorted(names)


def test_the_top_level_of_the_zip_has_only_our_code_and_locked_packages(names):
    """The packages' lists of files are in Zappa's own zip only."""
    lock = (ROOT / "requirements" / "lambda.txt").read_text()
    locked = {name.replace("-", "_") for name in re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE)}
    described = {name.split("-")[0].lower() for name in names if ".dist-info/" in name}
    assert described <= locked
    with zipfile.ZipFile(built("lambda-naive.zip")) as whole:
        records = [whole.read(name).decode() for name in whole.namelist() if name.endswith(".dist-info/RECORD")]
    tops = {top_of(line.split(",")[0]) for record in records for line in record.splitlines()}
    unknown = {top_of(name) for name in names if ".dist-info/" not in name} - tops - OF_ZAPPA
    assert unknown <= OURS | {"__pycache__"}


def top_of(name):
    """The first part of a file's name, without the machine for which it was compiled."""
    return re.sub(r"\.cpython-.*", "", name.split("/")[0])


def test_what_is_no_python_is_compiled_for_its_machine_and_its_python(kind, names, opened):
    """`abi3` is for every Python from some version on."""
    stage = ZIPS[kind]
    libraries = [name for name in names if name.endswith(".so")]
    tag = f"cpython-{stage.python_version.replace('.', '')}-"
    assert any("charset_normalizer" in name for name in libraries)
    assert [name for name in libraries if tag not in name and ".abi3." not in name] == []
    machines = {int.from_bytes(opened.read(name)[18:20], "little") for name in libraries}
    assert machines == {MACHINES[stage.architecture]}


def test_every_module_is_compiled_without_a_check_of_its_date(kind, names, opened):
    """In the 16-byte header of a .pyc, the second four bytes are 1 if Python must not check date or source.

    There is only bytecode of the zip's own Python, or none if that Python isn't installed here.
    """
    stage = ZIPS[kind]
    compiled = [name for name in names if name.endswith(".pyc")]
    if not package.interpreter(stage.python_version):
        assert compiled == []
        return
    tag = f".cpython-{stage.python_version.replace('.', '')}.pyc"
    assert [name for name in compiled if not name.endswith(tag)] == []
    assert len(compiled) > 500
    assert [name for name in compiled if opened.read(name)[4:8] != b"\x01\0\0\0"] == []
    modules = {name for name in names if name.endswith(".py") and not name.startswith(tuple(OF_ZAPPA))}
    sources = {name.replace("__pycache__/", "").replace(tag, ".py") for name in compiled}
    assert {name for name in modules - sources if opened.read(name).strip()} == set()


def test_the_libraries_of_tokens_and_sms_can_be_left_out(kind, names):
    tokens = {name.split("/")[0] for name in names} & {"cryptography", "jwt", "phonenumbers"}
    assert tokens == (set() if kind == "lambda-lean" else {"cryptography", "jwt", "phonenumbers"})
    assert tokens <= set(TOKENS_AND_SMS)


@pytest.mark.parametrize("setting", package.NOT_LEAN)
def test_no_library_is_left_out_that_a_setting_asks_for(setting):
    stage = Stage.load("prod")
    environment = stage.environment | {setting: "1"}
    changed = replace(stage, settings=stage.settings | {"aws_environment_variables": environment})
    with pytest.raises(SystemExit, match=setting):
        package.build("lambda-lean", changed, ROOT, lean=True)


def without_arm():
    return [name for name in ZIPS if not name.endswith("arm64")]  # which nothing here can run


@pytest.mark.parametrize("name", without_arm())
def test_it_starts_and_signs_people_in_under_its_own_python(name, environment, tmp_path):
    version = ZIPS[name].python_version
    if not (python := package.interpreter(version)):
        pytest.skip(f"no Python {version} is installed")
    code, client = unzip(built(f"{name}.zip"), tmp_path / "task"), runtime_client(tmp_path / "client", version)
    with function(code, client, environment, tmp_path / "log", python) as running:
        assert f"python{version}" in Path(f"/proc/{running.process.pid}/maps").read_text()
        door = Site(running)
        assert ADDRESS in sign_in(door).text
        body = {"action": "send_otp", "email": "program@example.com"}
        assert door.post_json(body).json["code"] == "otp_sent"
