//! `--source`: files that count although no fragment names them. Which files of a directory these are was compared with `coverage run --source` on
//! 220 made trees.

use insta::assert_snapshot;

use crate::data_file::DataFile;
use crate::project::Project;

/// One measured file, and others: a namespace package below `src`, a package of which nothing was measured, and files that no import finds.
fn shop() -> Project {
    let project = Project::new()
        .file("src/shop/__init__.py", "")
        .file("src/shop/cart.py", "a = 1\nb = 2\n")
        .file("src/shop/stock.py", "a = 1\nif a:\n    b = 2\n")
        .file("src/shop/.#stock.py", "a = 1\n")
        .file("src/shop/plugins/mail.py", "a = 1\n")
        .file("src/tools/__init__.py", "a = 1\n")
        .file("lone.py", "a = 1\n");
    measure(project, ".coverage.1", "src/shop/cart.py", &[1, 2])
}

/// The project with a fragment of one file.
fn measure(project: Project, fragment: &str, file: &str, lines: &[usize]) -> Project {
    let path = project.path(file).canonicalize().unwrap();
    project.file(fragment, DataFile::new().lines(path.to_str().unwrap(), "", lines).bytes())
}

#[test]
fn files_of_a_directory_count_as_if_coverage_py_had_listed_them() {
    assert_snapshot!(shop().run("-o text --source=src"), @"
    exit: 0
    stdout:
      Name                    Stmts   Miss  Cover
      -------------------------------------------
      src/shop/__init__.py        0      0   100%
      src/shop/cart.py            2      0   100%
      src/shop/stock.py           3      3     0%
      src/tools/__init__.py       1      1     0%
      -------------------------------------------
      TOTAL                       6      4    33%
    stderr:
      merged 1 fragment (coverage.py, statement) covering 4 files, 3 of which no fragment names, in [time]

      TOTAL   6 statements   4 missing   33.33%
    ");
    let namespaces =
        shop().file(".coveragerc", "[run]\nomit = */stock.py\n[report]\ninclude_namespace_packages = true\n");
    assert_snapshot!(namespaces.run("-q -o text --source=src,lone --omit */tools/*"), @"
    exit: 0
    stdout:
      Name                       Stmts   Miss  Cover
      ----------------------------------------------
      lone.py                        1      1     0%
      src/shop/__init__.py           0      0   100%
      src/shop/cart.py               2      0   100%
      src/shop/plugins/mail.py       1      1     0%
      ----------------------------------------------
      TOTAL                          4      2    50%
    stderr:
    ");
}

#[test]
fn a_package_is_found_below_the_root_and_in_src_and_where_it_was_measured() {
    assert_snapshot!(shop().run("-q -o text --source=tools --source=lone --source=shop.plugins"), @"
    exit: 0
    stdout:
      Name                       Stmts   Miss  Cover
      ----------------------------------------------
      lone.py                        1      1     0%
      src/shop/cart.py               2      0   100%
      src/shop/plugins/mail.py       1      1     0%
      src/tools/__init__.py          1      1     0%
      ----------------------------------------------
      TOTAL                          5      3    40%
    stderr:
    ");
    let elsewhere = shop()
        .file("build/lib/wares/__init__.py", "a = 1\n")
        .file("build/lib/wares/a.py", "a = 1\n")
        .file("build/lib/wares/wares/b.py", "a = 1\n");
    let elsewhere = measure(elsewhere, ".coverage.2", "build/lib/wares/a.py", &[1]);
    assert_snapshot!(elsewhere.run("-q -o text --source=wares"), @"
    exit: 0
    stdout:
      Name                          Stmts   Miss  Cover
      -------------------------------------------------
      build/lib/wares/__init__.py       1      1     0%
      build/lib/wares/a.py              1      0   100%
      src/shop/cart.py                  2      0   100%
      -------------------------------------------------
      TOTAL                             4      1    75%
    stderr:
    ");
}

#[test]
fn a_place_that_is_not_there_is_refused_on_the_command_line() {
    assert_snapshot!(shop().run("-o total --source=src/shop/cart.py"), @"
    exit: 64
    stdout:
    stderr:
      error: `--source=src/shop/cart.py`: there is no such directory, and no such package below the root, in its `src` or among the measured files
        help: name a directory, or a package as it is imported, such as `shop.cart`
    ");
    assert_snapshot!(shop().run("-o total --source="), @"
    exit: 64
    stdout:
    stderr:
      error: invalid value '' for '--source[=<DIR|PACKAGE>]': expected a directory or a package; `--source` alone stands for those of coverage.py's settings

      For more information, try '--help'.
    ");
    assert_snapshot!(shop().run("-o total --source"), @"
    exit: 64
    stdout:
    stderr:
      error: `--source` without a value stands for that of coverage.py's settings, which name none
        help: name a directory or a package, as in `--source=src`, or set `[run] source` in coverage.py's settings
    ");
    assert_snapshot!(shop().run("-o total --source=src --analysis never"), @"
    exit: 64
    stdout:
    stderr:
      error: `source` and `analysis = never` exclude each other
        help: only an analysis finds the statements of files that no fragment names: leave one of the two out
    ");
}

#[test]
fn without_a_value_it_is_that_of_coverage_py() {
    let settings = "[run]\nsource =\n    lone\n    nowhere\nsource_pkgs = tools\nsource_dirs = docs\n";
    let shop = shop().file(".coveragerc", settings).file("docs/index.txt", "");
    assert_snapshot!(shop.run("-o text --source"), @"
    exit: 0
    stdout:
      Name                    Stmts   Miss  Cover
      -------------------------------------------
      lone.py                     1      1     0%
      src/shop/cart.py            2      0   100%
      src/tools/__init__.py       1      1     0%
      -------------------------------------------
      TOTAL                       4      2    50%
    stderr:
      warning: `[run] source` names `nowhere`: there is no such directory, and no such package below the root, in its `src` or among the measured files
        help: its files count only where fragments name them
      warning: `[run] source_dirs` names `docs`, which holds no Python file that can be imported
        help: a directory below it counts if it holds `__init__.py`; with `[report] include_namespace_packages = true`, each counts
      merged 1 fragment (coverage.py, statement) covering 3 files, 2 of which no fragment names, in [time]

      TOTAL   4 statements   2 missing   50.00%
    ");
    let key = shop.file("covmerge.toml", "source = true\n");
    assert_snapshot!(key.run("-q -o total"), @"
    exit: 0
    stdout:
      50
    stderr:
      warning: `[run] source` names `nowhere`: there is no such directory, and no such package below the root, in its `src` or among the measured files
        help: its files count only where fragments name them
      warning: `[run] source_dirs` names `docs`, which holds no Python file that can be imported
        help: a directory below it counts if it holds `__init__.py`; with `[report] include_namespace_packages = true`, each counts
    ");
}

#[test]
fn a_data_file_lists_them_too() {
    let shop = shop();
    shop.run("-q -o data=all.data --source=src");
    assert_snapshot!(shop.run("-q -o total all.data"), @"
    exit: 0
    stdout:
      33
    stderr:
    ");
}

#[test]
fn a_file_that_no_fragment_names_is_not_called_measured() {
    let project = shop().file("src/tools/bad.py", "def (\n");
    assert_snapshot!(project.run("-o total=- --source=src"), @"
    exit: 1
    stdout:
    stderr:
      error: `src/tools/bad.py` is below `source`, but its source cannot be parsed
        because: line 1: invalid syntax
        help: check that `--python-version` is the Python that ran the tests; or leave the file out with `omit`, or all such files with `--ignore-errors`
      error: 1 of 5 files cannot be counted; nothing was written
    ");
    assert_snapshot!(project.run("-o total=- --source=src -i"), @"
    exit: 0
    stdout:
      33
    stderr:
      warning: `src/tools/bad.py` is left out: line 1: invalid syntax
      merged 1 fragment (coverage.py, statement) covering 4 files, 3 of which no fragment names, in [time]

      TOTAL   6 statements   4 missing   33.33%
    ");
}
