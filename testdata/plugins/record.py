"""Prints, as JSON, what coverage.py's plugins that set settings make of the settings below: `regenerate.py` calls it.

    record.py          all of it, under the interpreter that runs this
    record.py CASE     one of SETTINGS, for the platform that it names
"""

import contextlib
import io
import json
import os
import platform
import subprocess
import sys
import tempfile

# case: the file, its text, and the platform that it is read on
SETTINGS = {
    "covdefaults alone": (".coveragerc", "[run]\nplugins = covdefaults\n", "linux"),
    "on a Mac": (".coveragerc", "[run]\nplugins = covdefaults\n", "darwin"),
    "settings of the project": (
        "setup.cfg",
        "[coverage:run]\nplugins =\n    covdefaults\nbranch = false\nsource = src\nomit =\n    tests/*\n    */setup.py\n"
        "[coverage:report]\nfail_under = 42.5\nshow_missing = false\nskip_covered = false\nexclude_lines =\n    zebra\n    ^aardvark\n"
        "exclude_also = also\npartial_also = partly\n",
        "linux",
    ),
    "default pragmas asked for": (
        ".coveragerc",
        "[run]\nplugins = covdefaults\n[report]\nfail_under = 0\nexclude_also =\n"
        "    #\\s*(pragma|PRAGMA)[:\\s]?\\s*(no|NO)\\s*(cover|COVER)\npartial_branches = ours\n",
        "linux",
    ),
    "files that are not omitted": (
        ".coveragerc",
        "[run]\nplugins = covdefaults\nomit = a, b\n[covdefaults]\nsubtract_omit = */__main__.py\n    a */nothing\n",
        "linux",
    ),
    "the same in TOML": (
        "pyproject.toml",
        "[tool.coverage.run]\nplugins = ['covdefaults']\nomit = ['a', 'b']\n[tool.coverage.covdefaults]\nsubtract_omit = '*/__main__.py a'\n",
        "linux",
    ),
    "rules": (
        ".coveragerc",
        "[run]\nplugins = coverage_conditional_plugin\n[report]\nexclude_also = also\n[coverage_conditional_plugin]\nrules =\n"
        "    \"sys_version_info >= (3, 12)\": only-old\n\n    'sys_platform == \"linux\"' :  linux\n"
        "    \"os_name == 'nt'\": never\n    \"python_version in '$VERSIONS'\": three\n",
        "linux",
    ),
    "rules without an expression": (
        ".coveragerc",
        "[run]\nplugins = coverage_conditional_plugin\n[report]\nexclude_also = also\n[coverage_conditional_plugin]\nrules =\n"
        "  : py\n  \": quote\n  \"\": none\n  '': \n  True: bare\n  \"True\": py3\n",
        "linux",
    ),
    "rules and files in TOML": (
        "pyproject.toml",
        "[tool.coverage.run]\nplugins = ['coverage_conditional_plugin']\nomit = ['first']\n"
        "[tool.coverage.coverage_conditional_plugin.rules]\nonly-old = 'sys_version_info >= (3, 12)'\nnever = \"os_name == 'nt'\"\n"
        "dollar = \"'$' in '$HOME'\"\n"
        "[tool.coverage.coverage_conditional_plugin.omit]\n\"implementation_name == 'cpython'\" = 'one/*'\n"
        "\"implementation_name == 'pypy'\" = ['no/*']\n\"sys_version_info > (3, 1)\" = ['two', 'three']\n",
        "linux",
    ),
    "values of every type in TOML": (
        "pyproject.toml",
        "[tool.coverage.run]\nplugins = ['coverage_conditional_plugin']\n"
        "[tool.coverage.coverage_conditional_plugin]\nother = [1]\n"
        "[tool.coverage.coverage_conditional_plugin.rules]\nlist = ['True']\nflag = true\nnumber = 1\ntable = { a = 'True' }\ntext = 'True'\n"
        "[tool.coverage.coverage_conditional_plugin.omit]\n\"False\" = true\n\"True\" = { 'a/*' = 1, 'b/*' = 2 }\n\"not False\" = []\n",
        "linux",
    ),
    "both, and the order counts": (
        ".coveragerc",
        "[run]\nplugins = covdefaults, coverage_conditional_plugin\n[coverage_conditional_plugin]\nrules = \"python_version > '2'\": aaa\n",
        "linux",
    ),
    "both, the other way round": (
        ".coveragerc",
        "[run]\nplugins = coverage_conditional_plugin, covdefaults\n[coverage_conditional_plugin]\nrules = \"python_version > '2'\": aaa\n",
        "linux",
    ),
}

# What rules can say that a version of Python decides, without its last number.
RULES = """
sys_version_info >= (3, 12)
sys_version_info < (3, 12)
sys_version_info >= (3, 13, 0)
sys_version_info < (3, 13, 0)
sys_version_info > (3,)
sys_version_info == (3, 13)
sys_version_info != (3, 13)
(3, 12) <= sys_version_info < (3, 14)
(3, 14) > sys_version_info
sys_version_info[:2] == (3, 12)
sys_version_info[:2] in [(3, 11), (3, 13)]
sys_version_info[:2] not in {(3, 11), (3, 13)}
sys_version_info[1] >= 13
sys_version_info[-4] == 14
sys_version_info[0:9][0] == 3
sys_version_info[9]
sys_version_info[-9]
sys_version_info.major == 3 and sys_version_info.minor > 12
sys_version_info >= 3
sys_version_info >= [3, 8]
sys_version_info == [3, 8]
python_version >= '3.12'
python_version == "3.13"
python_version in ('3.11', '3.14')
python_version < '3.9'
python_full_version >= '3.12'
python_full_version == '3.12'
python_full_version < '3.9.7'
'3.1' in python_full_version
implementation_version > '3.1'
'3.12' >= python_full_version
implementation_name == 'cpython'
implementation_name != "pypy" and not platform_python_implementation == 'PyPy'
os_name == 'posix'
'win' in sys_platform
sys_platform in ('linux', 'darwin')
sys_platform == 'win32' or platform_system == 'Linux'
platform_system != 'Windows'
platform_machine in 'x86_64 aarch64'
platform_release
platform_version == ''
'CI' in os_environ
'NO_SUCH_NAME' in os_environ
'CI' not in os_environ and True
os_environ['CI'] == 'true'
os_environ['NO_SUCH_NAME'] == 'true'
not os_environ['NO_SUCH_NAME']
os_environ.get('CI')
os_environ.get('EMPTY')
os_environ.get('NO_SUCH_NAME')
os_environ.get('NO_SUCH_NAME', 'x') == 'x'
os_environ.get('NO_SUCH_NAME') is None
os_environ.get('CI') is not None
os_environ
not (os_name == 'nt' or 'CI' in os_environ)
True
False
None
not None
''
'a' 'b' == 'ab'
0
1
-1 < 0
True == 1
True in (1, 2)
'1' == 1
'1' < 1
1 < 2 < 3
1 < 2 > 3
1 in 'abc'
'b' in 'abc'
() < (1,)
(1, 2) < (1, 2, 0)
(1, 'a') < (1, 2)
(1, 2) == [1, 2]
[1, 2] < [1, 3]
False and no_such_name
True or no_such_name
False or 'x'
'' or 0
1 and 2
is_installed('coverage')
is_installed('no_such_package')
not is_installed("no_such_package")
package_version('coverage') >= (7, 17)
package_version('coverage') == (7, 17, 5)
package_version('Coverage')[:2] > (8, 0)
package_version('no_such_package') > (1, 0)
not package_version('no_such_package')
is_installed('no_such_package') and package_version('no_such_package') > (1, 0)
is_installed('coverage') and package_version('coverage') < (8,)
no_such_name
no_such_name.x
no_such_name('x')
no_such_name[0] or True
not no_such_name
sys_platform == linux
python_version >= '3' and no_such_name
sys_version_info >= (3, 12, 1) or True
sys_version_info < (3, 12, 1) and False
not (sys_version_info >= (3, 12, 1) or True)
(3, 13, 1) <= sys_version_info < (3, 12)
(sys_version_info >= (3, 12, 1)) in (True, False)
sys_version_info[2] >= 0
sys_version_info[2] < 0
sys_version_info[2] > -1.5
sys_version_info[2] == 'final'
sys_version_info[2] < 'final'
sys_version_info.micro is None
sys_version_info.releaselevel
sys_version_info.releaselevel == ''
sys_version_info.releaselevel > 3
python_full_version in sys_platform
python_full_version.startswith('3.')
python_full_version.startswith('2')
sys_platform.startswith('lin')
not os_name.endswith('x')
is_installed('no_such_module') or True
is_installed('no_such_module') and False
False and package_version('no_such_package')
package_version('no_such_package') > (1,) and False
is_installed('no_such' + '_package')
is_installed('coverage' if os_name else nonsense)
is_installed(nonsense)
is_installed('')
is_installed(3)
is_installed('x', 'y')
is_installed()
package_version('')
package_version(None)
len(nonsense)
len(nonsense=nonsense)
os_name('x')
len > 3.5
len == 3.5
len
not sys
3 < sys
len in (len, 3)
1 in len
is_installed == 'x' or package_version
nonsense + 1
1 + nonsense
1 + 1 == 2
'a' + 'b' == 'ab'
(3,) + (13,) <= sys_version_info[:2]
'a' + 1
1 - len
-'a'
-2.5 < -2
__nonsense__
sys.version_info > (3,)
sys.version_info[:2] == (3, 13)
sys.version_info.minor >= 12
sys.platform == 'linux'
ExceptionGroup
PythonFinalizationError
frozendict
1.5 < 2
3.12
0.0
3 == 3.0
1_0.5e1 > 105
1 in (1.0, 2)
True if os_name else False
False if os_name == 'nt' else 'x'
1 if nonsense else 2
{[3, 13]}
[3, 13] in {(3, 13)}
{1, 2} == {2, 1.0}
{1, 2} not in {(3, 13)}
os_name is 3
(3,) - (3,)
len + 1
{1, 2} != {1, 3}
python_version[0] == '3'
python_version[2:] >= '12'
python_version[9]
python_version['x']
sys_version_info['minor']
sys_version_info[1.0]
os_environ[0]
None[0]
3 in sys_version_info
3 in 3
python_version >= 3.12
python_full_version >= 3.12
python_version == 3.12
3.12 != python_version
3.12 in python_version
sys_version_info >= 3.12
os_environ < 3.12
None < 3.12
sys_version_info >=
a = 1
True no_such_name
(
True # )
""".strip().splitlines()
# A rule in TOML may be empty, too.
RULES += ["", "  ", "\nTrue", "True\n", "\tTrue\n  ", "True\n\n# no more\n", "True\nTrue", "\fTrue", "True \\\n and True", "True\r\n", "True\0"]

ENVIRONMENT = {"CI": "true", "EMPTY": "", "VERSIONS": "3.11 3.12 3.13 3.14 3.15"}
OPTIONS = {
    "branch": "run:branch", "source": "run:source", "omit": "run:omit", "exclude": "report:exclude_lines", "partial": "report:partial_branches",
    "fail_under": "report:fail_under", "show_missing": "report:show_missing", "skip_covered": "report:skip_covered",
}


def configured(case: str) -> dict:
    from coverage.config import read_coverage_config
    from coverage.plugin_support import Plugins

    name, text, system = SETTINGS[case]
    # covdefaults looks at it when it is imported.
    sys.platform = system
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        with open(name, "w") as file:
            file.write(text)
        config = read_coverage_config(config_file=True, warn=print)
        plugins = Plugins()
        plugins.load_from_config(config.plugins, config)
        with contextlib.redirect_stdout(io.StringIO()):  # the plugin prints what a rule raises
            for plugin in plugins.configurers:
                plugin.configure(config)
    return {key: config.get_option(option) for key, option in OPTIONS.items()}


def main() -> None:
    def settings(case: str) -> dict:
        run = subprocess.run([sys.executable, __file__, case], env=os.environ, stdout=subprocess.PIPE, text=True, check=True)
        return json.loads(run.stdout)

    os.environ.update(ENVIRONMENT)
    os.environ.pop("NO_SUCH_NAME", None)
    cases = [dict(zip(("name", "file", "text", "platform"), (case, *row)), settings=settings(case)) for case, row in SETTINGS.items()]
    from coverage_conditional_plugin import _should_be_applied

    with contextlib.redirect_stdout(io.StringIO()):
        rules = [[rule, bool(_should_be_applied(rule))] for rule in RULES]
    machine = {"system": platform.system(), "machine": platform.machine()}
    found = {"machine": machine, "environment": ENVIRONMENT, "settings": cases, "rules": rules}
    print(json.dumps(found, indent=1))


if len(sys.argv) > 1:
    print(json.dumps(configured(sys.argv[1])))
else:
    main()
