"""The zip contains only what the function needs, and is small."""

import re
import zipfile

import pytest

from deploy.package import ROOT, TOKENS_AND_SMS

from .conftest import built

MIB = 2**20
LIMITS = {"lambda.zip": (19, 60), "lambda-lean.zip": (12, 35)}

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
    "services that are not used": r"^botocore/data/(?!(dynamodb|sesv2|sns|ssm)/)[^/]+/",
}


@pytest.fixture(params=LIMITS)
def opened(request):
    with zipfile.ZipFile(built(request.param)) as opened:
        yield opened


@pytest.fixture
def names(opened):
    return opened.namelist()


def test_the_zip_is_small(opened, request):
    kind = request.node.callspec.params["opened"]
    zipped, unzipped = (ROOT / "build" / kind).stat().st_size, sum(each.file_size for each in opened.infolist())
    most_zipped, most_unzipped = LIMITS[kind]
    assert (zipped < most_zipped * MIB, unzipped < most_unzipped * MIB) == (True, True)


@pytest.mark.parametrize("what", NEVER)
def test_the_zip_does_not_contain(names, what):
    assert [name for name in names if re.search(NEVER[what], name)] == []


def test_the_top_level_of_the_zip_has_only_our_code_and_locked_packages(names, opened):
    lock = (ROOT / "requirements" / "lambda.txt").read_text()
    locked = {name.replace("-", "_") for name in re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE)}
    described = {name.split("-")[0].lower() for name in names if ".dist-info/" in name}
    assert described <= locked
    tops = set()
    for name in names:
        if name.endswith(".dist-info/RECORD"):
            tops |= {line.split(",")[0].split("/")[0] for line in opened.read(name).decode().splitlines()}
    unknown = {name.split("/")[0] for name in names} - tops - OURS - OF_ZAPPA - {"__pycache__"}
    assert {top for top in unknown if not top.endswith(".dist-info")} == set()


def test_every_module_is_compiled_without_a_check_of_its_date(names, opened):
    """In the 16-byte header of a .pyc, the second four bytes are 1 if Python must not check date or source."""
    compiled = [name for name in names if name.endswith(".pyc")]
    assert len(compiled) > 500
    assert [name for name in compiled if opened.read(name)[4:8] != b"\x01\0\0\0"] == []
    modules = {name for name in names if name.endswith(".py") and not name.startswith(tuple(OF_ZAPPA))}
    sources = {name.replace("__pycache__/", "").replace(".cpython-311.pyc", ".py") for name in compiled}
    assert {name for name in modules - sources if opened.read(name).strip()} == set()


def test_the_libraries_of_tokens_and_sms_can_be_left_out(names, request):
    tokens = {name.split("/")[0] for name in names} & {"cryptography", "jwt", "phonenumbers"}
    lean = request.node.callspec.params["opened"] == "lambda-lean.zip"
    assert tokens == (set() if lean else {"cryptography", "jwt", "phonenumbers"})
    assert tokens <= set(TOKENS_AND_SMS)
