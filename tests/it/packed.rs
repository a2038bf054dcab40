//! Fragments in zip archives and in gzip.

use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::write::SimpleFileOptions;

use crate::data_file::DataFile;
use crate::project::{Project, testdata};

pub(crate) fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(&mut bytes));
    for (name, data) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(data).unwrap();
    }
    writer.finish().unwrap();
    bytes
}

/// A member of an archive that is written byte by byte.
#[derive(Clone, Copy)]
struct Member<'a> {
    name: &'a str,
    data: &'a [u8],
    method: u16,
    flags: u16,
    crc: Option<u32>,
    size: Option<usize>,
    mode: u32,
    /// The offset of its header, if it is to share that of another member.
    at: Option<usize>,
    /// Whether the directory lists it.
    listed: bool,
    /// The bytes behind its data.
    behind: &'a [u8],
}

impl<'a> Member<'a> {
    fn new(name: &'a str, data: &'a [u8]) -> Self {
        Self {
            name,
            data,
            method: 0,
            flags: 0,
            crc: None,
            size: None,
            mode: 0o100_644,
            at: None,
            listed: true,
            behind: b"",
        }
    }

    /// The fields that both of its headers have.
    fn fields(&self) -> Vec<u8> {
        let mut crc = flate2::Crc::new();
        crc.update(self.data);
        let number = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
        [
            &[20, 0][..],
            &self.flags.to_le_bytes(),
            &self.method.to_le_bytes(),
            &[0, 0, 0x21, 0],
            &self.crc.unwrap_or(crc.sum()).to_le_bytes(),
            &number(self.data.len()),
            &number(self.size.unwrap_or(self.data.len())),
            &number(self.name.len()),
        ]
        .concat()
    }
}

/// An archive of stored members.
fn made(members: &[Member<'_>]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    let number = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
    for member in members {
        let at = member.at.unwrap_or(bytes.len());
        if member.at.is_none() {
            bytes.extend([b"PK\x03\x04", &member.fields()[..], member.name.as_bytes(), member.data].concat());
            bytes.extend(member.behind);
        }
        if !member.listed {
            continue;
        }
        directory.extend([b"PK\x01\x02\x14\x03", &member.fields()[..], &[0; 6]].concat());
        directory.extend([(member.mode << 16).to_le_bytes(), number(at)].concat());
        directory.extend(member.name.as_bytes());
    }
    let start = bytes.len();
    bytes.extend(&directory);
    let listed = members.iter().filter(|member| member.listed).count();
    let count = u16::try_from(listed).unwrap().to_le_bytes();
    bytes.extend(
        [&b"PK\x05\x06\0\0\0\0"[..], &count, &count, &number(directory.len()), &number(start), &[0; 2]].concat(),
    );
    bytes
}

fn gzipped(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// An archive whose members cannot be read, each for another reason.
pub(crate) fn unreadable() -> Vec<u8> {
    let one = Member::new("", b"data");
    made(&[
        Member { name: ".coverage.1", mode: 0o120_777, ..one },
        Member { name: ".coverage.2", flags: 1, ..one },
        Member { name: ".coverage.3", method: 93, ..one },
        Member { name: ".coverage.4", crc: Some(1), ..one },
        Member { name: ".coverage.5", size: Some(5), ..one },
    ])
}

/// Archives whose directories do not list what they hold, each in another way.
pub(crate) fn ill_listed() -> [(&'static str, Vec<u8>); 4] {
    let one = Member::new(".coverage.1", b"data");
    let hidden = Member { name: ".coverage.2", listed: false, ..one };
    let mut renamed = made(&[one]);
    renamed[30] = b'x';
    [
        ("hidden.zip", made(&[one, hidden])),
        ("torn.zip", made(&[Member { behind: b"torn", ..one }])),
        ("counts.zip", counting(made(&[one, Member { listed: true, ..hidden }]), [1, 1])),
        ("renamed.zip", renamed),
    ]
}

/// Gzip, and something behind it.
pub(crate) fn followed() -> Vec<u8> {
    [&gzipped(b"data")[..], b"x"].concat()
}

fn measured(line: usize) -> Vec<u8> {
    DataFile::new().lines("a.py", "", &[line]).bytes()
}

/// A source of three lines, of which a fragment in `cov` saw the first run.
fn project() -> Project {
    Project::new().relative().file("a.py", "a = 1\nb = 2\nc = 3\n").file("cov/.coverage.1", measured(1))
}

#[test]
fn the_members_of_an_archive_count_like_files_in_a_directory() {
    let members: &[(&str, &[u8])] = &[
        ("unit/deep/.coverage.2", &measured(2)),
        ("unit/.coverage.3-journal", b"not one"),
        ("slip.json", br#"{"meta": {"software": "slipcover", "version": "1.1.0", "branch_coverage": false, "show_contexts": false}, "files": {}, "summary": {}}"#),
        ("readme.txt", b"not one"),
    ];
    let project = project().file("cov/shard.zip", zipped(members)).file("cov/other.zip", zipped(&[("x.txt", b"x")]));
    for arguments in ["cov", "cov/*", "cov/.coverage.1 cov/shard.zip"] {
        let shown = project.run(&format!("{arguments} -o total"));
        assert!(shown.starts_with("exit: 0\nstdout:\n  67\n"), "{shown}");
        assert!(shown.contains("merged 3 fragments"), "{shown}");
    }
    let shown = project.run("cov -v -o total");
    assert!(shown.contains("cov/shard.zip/unit/deep/.coverage.2"), "{shown}");
    assert!(shown.contains("passed over: cov/other.zip holds nothing that looks like a fragment"), "{shown}");
    assert!(project.run("inspect cov/shard.zip").contains("cov/shard.zip/unit/deep/.coverage.2\n"));
    let shown = project.run("cov/other.zip");
    assert!(
        shown.starts_with("exit: 3\n") && shown.contains("`cov/other.zip` holds nothing that looks like"),
        "{shown}"
    );
    // An archive stays, since it may hold other files.
    let shown = project.run("cov -q -o total=t --delete-fragments");
    assert!(shown.starts_with("exit: 0\n"), "{shown}");
    assert_eq!(shown.matches("warning: `cov/shard.zip` stays: an archive may hold other files, too\n").count(), 1);
    assert!(!shown.contains("other.zip"), "{shown}");
    assert!(project.path("cov/shard.zip").exists() && !project.path("cov/.coverage.1").exists());
}

#[test]
fn equal_fragments_are_merged_once_wherever_they_are() {
    let project = project()
        .file("cov/shard.zip", zipped(&[("a/.coverage.1", &measured(1)), ("b/.coverage.1", &measured(1))]))
        .file("cov/.coverage.1.gz", gzipped(&measured(1)));
    let shown = project.run("cov -o total");
    assert!(shown.contains("merged 1 of 4 fragments (coverage.py, statement; 3 duplicate)"), "{shown}");
}

#[test]
fn a_fragment_in_gzip_is_unpacked() {
    let project =
        project().file("cov/.coverage.2.gz", gzipped(&measured(2))).file("cov/shard.gz", gzipped(&measured(3)));
    let shown = project.run("cov -o total");
    assert!(shown.starts_with("exit: 0\nstdout:\n  100\n"), "{shown}");
}

#[test]
fn files_that_were_joined_are_read_whole_or_refused() {
    let whole = measured(2);
    let (head, tail) = whole.split_at(5_000);
    let joined = [gzipped(head), gzipped(tail), vec![0; 100]].concat();
    let shown = project().file("cov/.coverage.2.gz", joined).run("cov -o total");
    assert!(shown.starts_with("exit: 0\nstdout:\n  67\n"), "{shown}");
    for bytes in [[measured(2), measured(3)].concat(), [gzipped(&measured(2)), gzipped(&measured(3))].concat()] {
        let shown = project().file("cov/.coverage.2", bytes).run("cov -o total");
        let said = "another database begins behind this one";
        assert!(shown.starts_with("exit: 3\n") && shown.contains(said), "{shown}");
    }
}

#[test]
fn a_packed_file_that_cannot_be_unpacked_is_refused_by_name() {
    let whole = zipped(&[(".coverage.2", &measured(2))]);
    let half = &whole[..whole.len() / 2];
    let tar = [&[b'x'; 257][..], b"ustar", &[0; 250]].concat();
    for (name, bytes, argument, said) in [
        ("cov/half.zip", half, "cov", "`cov/half.zip`"),
        ("cov/half.zip", half, "cov/.coverage.1 cov/half.zip", "`cov/half.zip`"),
        ("cov/.coverage.2.gz", &gzipped(&measured(2))[..50], "cov", "`cov/.coverage.2.gz`"),
        ("cov/a.tar", &tar, "cov/a.tar", "this is a tar archive"),
        ("cov/a.tar.gz", &gzipped(&tar), "cov/a.tar.gz", "this is a tar archive"),
    ] {
        let shown = project().file(name, bytes).run(&format!("{argument} -o total"));
        assert!(shown.starts_with("exit: 3\n") && shown.contains(said), "{name}: {shown}");
    }
}

/// The run over `cov`, which also holds this archive.
fn with_archive(archive: &[u8]) -> String {
    project().file("cov/a.zip", archive).run("cov -o total")
}

#[test]
fn an_archive_is_read_whoever_made_it() {
    let (two, three) = (&measured(2)[..], &measured(3)[..]);
    let stored = [Member::new(".coverage.2", two), Member::new("b//.coverage.3", three)];
    let plain = made(&stored);
    let prefixed = [b"#!/bin/sh\nexit\n", &plain[..]].concat();
    let commented = {
        let mut bytes = plain.clone();
        let end = bytes.len();
        bytes[end - 2..].copy_from_slice(&[5, 0]);
        [&bytes[..], b"PK\x05\x06!"].concat()
    };
    let windows = made(&[Member::new(r"x\y\.coverage.2", two), Member::new(r".\.coverage.3", three)]);
    let directories = made(&[
        Member { mode: 0o040_755, ..Member::new("a/", b"") },
        Member { mode: 0o040_755, ..Member::new("a/", b"") },
        Member::new("./a/.coverage.2", two),
        Member::new("a/b/c/.coverage.3", three),
    ]);
    let mut streamed = zip::ZipWriter::new_stream(Vec::new());
    let mut large = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, data) in [(".coverage.2", two), (".coverage.3", three)] {
        streamed.start_file(name, SimpleFileOptions::default()).unwrap();
        streamed.write_all(data).unwrap();
        large.start_file(name, SimpleFileOptions::default().large_file(true)).unwrap();
        large.write_all(data).unwrap();
    }
    let streamed = streamed.finish().unwrap().into_inner();
    assert_eq!(streamed[6] & 8, 8, "sizes are in a data descriptor");
    let large = large.finish().unwrap().into_inner();
    for archive in [plain, prefixed, commented, windows, directories, streamed, large] {
        let shown = with_archive(&archive);
        assert!(shown.starts_with("exit: 0\nstdout:\n  100\n"), "{shown}");
    }
}

#[test]
fn an_archive_that_could_hide_a_fragment_is_refused_by_name() {
    let data = &measured(2)[..];
    let one = Member::new(".coverage.2", data);
    let gz = gzipped(data);
    let bomb = Member { method: 8, size: Some(60_000_000), ..Member::new(".coverage.4", &gz) };
    let bombs = [".coverage.4", ".coverage.5"].map(|name| Member { name, ..bomb });
    for (archive, said) in [
        (made(&[one, one]), "two members of this zip archive have the name `.coverage.2`"),
        (
            made(&[one, Member::new("./.coverage.2", b"")]),
            "two members of this zip archive have the name `.coverage.2`",
        ),
        (
            made(&[Member::new("a/b", b""), Member::new(r"a\b", b"")]),
            "two members of this zip archive have the name `a/b`",
        ),
        (made(&[one, Member { name: ".coverage.3", at: Some(0), ..one }]), "the members of this zip archive overlap"),
        (made(&[one, Member { at: Some(8), ..Member::new(".coverage.3", data) }]), "this zip archive is damaged"),
        (made(&bombs), "its fragments would unpack to more than 200 times its size, the limit `unpacked-ratio`"),
        (made(&[Member::new("/etc/x", b"")]), "its member `/etc/x` leads out of it"),
        (made(&[Member::new("../x", b"")]), "its member `../x` leads out of it"),
        (made(&[Member::new(r"C:\x", b"")]), r"its member `C:\\x` leads out of it"),
        (Vec::new(), "it has 0 bytes, and is not a zip archive"),
        (b"<html>".to_vec(), "it is not a zip archive"),
        (made(&[one])[..80].to_vec(), "this zip archive is cut off or damaged"),
    ] {
        let shown = with_archive(&archive);
        assert!(
            shown.starts_with("exit: 3\n") && shown.contains("`cov/a.zip`") && shown.contains(said),
            "{said}: {shown}"
        );
        assert!(shown.contains("help: re-create the "), "{shown}");
    }
}

/// An archive, with other counts at its end.
fn counting(mut archive: Vec<u8>, counts: [u8; 2]) -> Vec<u8> {
    let end = archive.len();
    (archive[end - 14], archive[end - 12]) = (counts[0], counts[1]);
    archive
}

#[test]
fn an_archive_whose_directory_omits_a_member_is_refused() {
    let (one, two) = (&measured(2)[..], &measured(3)[..]);
    let (seen, next) = (Member::new("a/.coverage.2", one), Member::new("a/.coverage.4", b""));
    let hidden = Member { listed: false, ..Member::new("b/.coverage.3", two) };
    let both = made(&[seen, Member { listed: true, ..hidden }]);
    let other = made(&[seen]);
    let omitted = "the directory of this zip archive omits its member `b/.coverage.3`";
    // A member whose header is lost, too.
    let torn = Member { behind: &[b"PK", &two[..100]].concat(), ..seen };
    let mut renamed = other.clone();
    renamed[30] = b'b';
    // The directory starts behind the entry of the first member.
    let mut later = counting(both.clone(), [1, 1]);
    let end = later.len() - 22;
    let directory = u32::from_le_bytes(later[end + 16..end + 20].try_into().unwrap());
    let entry = u32::try_from(46 + seen.name.len()).unwrap();
    later[end + 12..end + 16].copy_from_slice(&(2 * entry - entry).to_le_bytes());
    later[end + 16..end + 20].copy_from_slice(&(directory + entry).to_le_bytes());
    for (archive, said) in [
        (made(&[hidden, seen]), omitted),
        (made(&[seen, hidden, next]), omitted),
        (made(&[seen, hidden]), omitted),
        (made(&[hidden]), omitted),
        (counting(both.clone(), [1, 1]), "the end of this zip archive counts 1 member, and its directory lists 2"),
        (counting(both.clone(), [2, 1]), "this zip archive is cut off or damaged"),
        (counting(both.clone(), [2, 3]), "this zip archive is cut off or damaged"),
        (counting(both.clone(), [3, 3]), "this zip archive is cut off or damaged"),
        (counting(both.clone(), [0, 0]), "the directory of this zip archive omits its member `a/.coverage.2`"),
        ([made(&[Member { listed: true, ..hidden }]), other.clone()].concat(), omitted),
        ([other.clone(), made(&[Member { listed: true, ..hidden }])[..2000].to_vec()].concat(), omitted),
        (made(&[torn, next]), "102 bytes of this zip archive, at offset "),
        (made(&[torn]), "belong to none of its members"),
        (
            renamed,
            "the directory of this zip archive calls its member `b/.coverage.2` by another name, `a/.coverage.2`",
        ),
        (later, "the directory of this zip archive omits its member `a/.coverage.2`"),
    ] {
        let shown = with_archive(&archive);
        let refused = shown.starts_with("exit: 3\n") && shown.contains("cannot read fragment `cov/a.zip`");
        assert!(refused && shown.contains(said), "{said}: {shown}");
    }
}

#[test]
fn an_archive_is_read_whichever_program_wrote_it() {
    let archives = fs::read_dir(testdata().join("archives")).unwrap().map(|entry| entry.unwrap().path());
    let archives: Vec<_> = archives.filter(|path| path.extension().is_some_and(|end| end == "zip")).collect();
    assert_eq!(archives.len(), 13);
    for path in archives {
        let shown = with_archive(&fs::read(&path).unwrap());
        assert!(shown.starts_with("exit: 0\nstdout:\n  100\n"), "{}: {shown}", path.display());
    }
}

#[test]
fn a_member_that_cannot_be_read_is_refused_by_name() {
    let data = &measured(2)[..];
    let one = Member::new("unit/.coverage.2", data);
    for (member, said) in [
        (Member { mode: 0o120_777, ..Member::new(one.name, b".coverage.1") }, "it is a symbolic link, and"),
        (Member { flags: 1, ..one }, "it is encrypted"),
        (Member { method: 12, ..one }, "it is packed with bzip2, which is not supported"),
        (Member { method: 14, ..one }, "it is packed with LZMA"),
        (Member { method: 93, ..one }, "it is packed with zstd"),
        (Member { method: 97, ..one }, "it is packed with an unusual method"),
        (Member { crc: Some(1), ..one }, "it cannot be unpacked: Invalid checksum"),
        (Member { size: Some(data.len() + 1), ..one }, "it has another size than the archive says"),
        (Member { size: Some(data.len() - 1), ..one }, "it cannot be unpacked: File is larger than"),
    ] {
        let shown = with_archive(&made(&[member]));
        let named = "`cov/a.zip/unit/.coverage.2`";
        assert!(shown.starts_with("exit: 3\n") && shown.contains(named) && shown.contains(said), "{said}: {shown}");
    }
    // Its content would decide.
    let shown = with_archive(&made(&[Member { name: "slip.json", method: 93, ..one }]));
    assert!(shown.starts_with("exit: 3\n") && shown.contains("`cov/a.zip/slip.json`"), "{shown}");
    let link = Member { mode: 0o120_777, ..Member::new("link", b"elsewhere") };
    let shown = with_archive(&made(&[one, link]));
    assert!(shown.starts_with("exit: 0\nstdout:\n  67\n"), "{shown}");
}

/// A tar archive.
pub(crate) fn tarred(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, data) in members {
        let mut header = [0; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..135].copy_from_slice(format!("{:011o}", data.len()).as_bytes());
        header[148..156].fill(b' ');
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        bytes.extend([&header, *data, &vec![0; data.len().wrapping_neg() % 512]].concat());
    }
    bytes.extend([0; 1024]);
    bytes
}

/// Archives that hold a fragment, and that a search does not read.
fn holding() -> Vec<(&'static str, Vec<u8>)> {
    let members: &[(&str, &[u8])] = &[("readme", b"x"), ("unit/.coverage.2", &measured(2))];
    let by_content: &[(&str, &[u8])] = &[("unit/two", &measured(2))];
    let tar = tarred(members);
    let zip = zipped(members);
    vec![
        ("a.tar", tar.clone()),
        ("a.tar.gz", gzipped(&tar)),
        ("A.TGZ", gzipped(&tar)),
        ("a", tarred(by_content)),
        ("sdist", gzipped(&tarred(&[("a.whl", &zip)]))),
        ("b.tar", tarred(&[("a/b.zip", &zipped(&[("a.tar.gz", &gzipped(&tar))]))])),
        ("a.zip.gz", gzipped(&zip)),
        ("b.gz", gzipped(&zip)),
        ("c.gz.gz", gzipped(&gzipped(&measured(2)))),
        ("d", gzipped(&gzipped(&gzipped(&tar)))),
        ("a.whl", zip),
    ]
}

#[test]
fn an_archive_that_holds_a_fragment_and_is_not_read_is_refused_by_name() {
    for (name, bytes) in holding() {
        let on_disk = project().file(&format!("cov/{name}"), &bytes).run("cov -o total");
        let within = project().file("cov/o.zip", zipped(&[(name, &bytes)])).run("cov -o total");
        let named = project().file("cov/o.zip", zipped(&[(name, &bytes)])).run("cov/.coverage.1 cov/o.zip -o total");
        for (shown, path) in [
            (&on_disk, format!("cov/{name}")),
            (&within, format!("cov/o.zip/{name}")),
            (&named, format!("cov/o.zip/{name}")),
        ] {
            assert!(shown.starts_with("exit: 3\nstdout:\nstderr:\n  error: cannot read fragment `"), "{name}: {shown}");
            assert!(shown.contains(&format!("fragment `{path}`")), "{name}: {shown}");
            assert!(shown.contains(" in it looks like a fragment\n"), "{name}: {shown}");
            assert!(shown.contains("help: unpack the archive, and name the directory\n"), "{name}: {shown}");
        }
    }
    for (name, bytes) in holding().into_iter().filter(|(name, _)| *name != "a.whl") {
        let shown = project().file(&format!("cov/{name}"), bytes).run(&format!("cov/{name}/unit"));
        let said = format!(
            "error: `cov/{name}/unit` cannot be read: `cov/{name}` is an archive of a kind that is not read\n    help: unpack the archive, and name the directory\n"
        );
        assert!(shown.starts_with("exit: 3\n") && shown.contains(&said), "{shown}");
    }
    let zip = zipped(&[("unit/.coverage.2", &measured(2))]);
    let shown = project().file("cov/o.zip", zipped(&[("i.zip", &zip)])).run("cov -o total");
    let said = "it is an archive within an archive, and `unit/.coverage.2` in it looks like a fragment";
    assert!(shown.starts_with("exit: 3\n") && shown.contains(said), "{shown}");
}

#[test]
fn an_archive_that_is_called_like_one_and_cannot_be_looked_into_is_refused_by_name() {
    let half = |bytes: &[u8]| bytes[..bytes.len() / 2].to_vec();
    let tar = tarred(&[("readme", &[b'x'; 2000])]);
    for (name, bytes, said) in [
        ("a.tar", half(&tar), "this tar archive is cut off"),
        ("a.tar", Vec::new(), "this tar archive is cut off"),
        ("a.tar.gz", half(&gzipped(&tar)), "it cannot be unpacked"),
        ("a.tar.xz", b"data".to_vec(), "it is a tar archive in a compression that is not supported"),
        ("a.tar", tarred(&[("b.zip", b"<html>")]), "`b.zip` in it: this zip archive is cut off or damaged"),
        ("a.zip", half(&zipped(&[("readme", b"x")])), "this zip archive is cut off or damaged"),
        ("a.zip.gz", half(&gzipped(&zipped(&[("readme", b"x")]))), "it cannot be unpacked"),
        ("a.zip.gz", gzipped(b"<html>"), "this zip archive is cut off or damaged"),
        ("a.zip.gz", b"<html>".to_vec(), "it cannot be unpacked"),
    ] {
        let on_disk = project().file(&format!("cov/{name}"), &bytes).run("cov -o total");
        let within = project().file("cov/o.zip", zipped(&[(name, &bytes)])).run("cov -o total");
        for shown in [on_disk, within] {
            assert!(shown.starts_with("exit: 3\n") && shown.contains(said), "{name}: {shown}");
        }
    }
}

#[test]
fn an_archive_without_a_fragment_is_passed_over_and_said_to_be() {
    let members: &[(&str, &[u8])] = &[("pkg-1.0/setup.py", b"x"), ("pkg-1.0/tests/a.zip", &zipped(&[("x", b"x")]))];
    let sdist = gzipped(&tarred(members));
    let wheel = zipped(members);
    let inside: &[(&str, &[u8])] = &[
        ("dist/pkg.tar.gz", &sdist),
        ("dist/pkg.whl", &wheel),
        ("fixture.zip", &wheel),
        ("x.docx", &wheel[..40]),
        ("z.zip.gz", &gzipped(&wheel)),
        ("z2", &gzipped(&gzipped(b"x"))),
    ];
    let project = inside.iter().fold(project(), |project, (name, bytes)| project.file(&format!("cov/{name}"), bytes));
    let project = project.file("cov/artifact.zip", zipped(inside));
    let shown = project.run("cov -v -o total");
    assert!(shown.starts_with("exit: 0\nstdout:\n  33\n"), "{shown}");
    let lines: Vec<&str> = shown.lines().filter(|line| line.contains("passed over: ")).map(str::trim).collect();
    assert_eq!(
        lines,
        [
            "passed over: cov/artifact.zip holds nothing that looks like a fragment",
            "passed over: cov/artifact.zip/dist/pkg.tar.gz holds nothing that looks like a fragment",
            "passed over: cov/artifact.zip/dist/pkg.whl holds nothing that looks like a fragment",
            "passed over: cov/artifact.zip/fixture.zip holds nothing that looks like a fragment",
            "passed over: cov/artifact.zip/x.docx cannot be looked into, and is not called like an archive",
            "passed over: cov/artifact.zip/z.zip.gz holds nothing that looks like a fragment",
            "passed over: cov/artifact.zip/z2 holds nothing that looks like a fragment",
            "passed over: cov/dist/pkg.tar.gz holds nothing that looks like a fragment",
            "passed over: cov/dist/pkg.whl holds nothing that looks like a fragment",
            "passed over: cov/dist/pkg.whl/pkg-1.0/tests/a.zip holds nothing that looks like a fragment",
            "passed over: cov/fixture.zip holds nothing that looks like a fragment",
            "passed over: cov/fixture.zip/pkg-1.0/tests/a.zip holds nothing that looks like a fragment",
            "passed over: cov/x.docx cannot be looked into, and is not called like an archive",
            "passed over: cov/z.zip.gz holds nothing that looks like a fragment",
            "passed over: cov/z2 holds nothing that looks like a fragment",
        ]
    );
    let shown = project.run("cov/artifact.zip -o total");
    assert!(shown.starts_with("exit: 3\n") && shown.contains("`cov/artifact.zip` holds nothing"), "{shown}");
    // Where nothing else is found, the error says so.
    std::fs::remove_file(project.path("cov/.coverage.1")).unwrap();
    let said = "error: `cov` holds nothing that looks like a fragment\n    help: passed over: `cov/artifact.zip` holds nothing that looks like a fragment, and 14 more archives\n      fragments are usually hidden files";
    let shown = project.run("cov");
    assert!(shown.starts_with("exit: 3\n") && shown.contains(said), "{shown}");
}

#[test]
fn an_archive_under_another_name_is_read_if_it_is_named() {
    let archive = zipped(&[(".coverage.2", &measured(2))]);
    let project = project().file("cov/a.whl", &archive).file("cov/c.zip", zipped(&[]));
    for arguments in ["cov/.coverage.1 cov/a.whl", "cov/* "] {
        let shown = project.run(&format!("{arguments} -o total"));
        assert!(shown.starts_with("exit: 0\nstdout:\n  67\n"), "{shown}");
    }
    let shown = project.run("cov/c.zip");
    assert!(shown.starts_with("exit: 3\n") && shown.contains("`cov/c.zip` holds nothing"), "{shown}");
}

#[test]
fn a_member_may_be_named_by_itself() {
    let members: &[(&str, &[u8])] =
        &[("x/.coverage.2", &measured(2)), ("y/.coverage", &measured(3)), ("y/.coverage.4", &measured(3))];
    let project = project().file("cov/a.zip", zipped(members)).file("cov/half.zip", &zipped(members)[..99]);
    for (arguments, expected) in [
        ("cov/a.zip/x/.coverage.2", "exit: 0\nstdout:\n  33\n"),
        ("cov/a.zip/x cov/.coverage.1", "exit: 0\nstdout:\n  67\n"),
        ("cov/a.zip/y/.coverage cov/a.zip", "exit: 0\nstdout:\n  67\n"),
        ("--expect-in cov/a.zip/{x,y}", "exit: 0\nstdout:\n  67\n"),
        ("--expect-in cov/a.zip/{x,z}", "exit: 3\nstdout:\n  33\n"),
        ("cov/a.zip/z", "exit: 3\nstdout:\nstderr:\n  error: `cov/a.zip/z` does not exist\n"),
        (
            "cov/half.zip/x",
            "exit: 3\nstdout:\nstderr:\n  error: `cov/half.zip` cannot be read: this zip archive is cut off",
        ),
        ("clean -y cov/a.zip/x/.coverage.2", "exit: 0\nstdout:\nstderr:\n  warning: `cov/a.zip` stays: "),
        ("clean -y cov/half.zip", "exit: 0\nstdout:\nstderr:\n  warning: `cov/half.zip` stays: "),
    ] {
        let output = if arguments.starts_with("clean") { "" } else { "-q -o total" };
        let shown = project.run(&format!("{arguments} {output}"));
        assert!(shown.starts_with(expected), "{arguments}: {shown}");
    }
}

#[test]
fn a_journal_beside_a_packed_fragment_is_judged_as_on_disk() {
    let (data, journal) = (measured(2), crate::errors::journal());
    let journal = &journal[..];
    let on_disk = |files: &[(&str, &[u8])]| {
        files.iter().fold(project(), |project, (name, bytes)| project.file(&format!("cov/{name}"), bytes))
    };
    let inside = |name, bytes| zipped(&[("unit/.coverage.2", &data), (name, bytes)]);
    for project in [
        on_disk(&[(".coverage.2", &data), (".coverage.2-journal", journal)]),
        on_disk(&[(".coverage.2.gz", &gzipped(&data)), (".coverage.2-journal", journal)]),
        on_disk(&[(".coverage.2.gz", &gzipped(&data)), (".coverage.2-journal.gz", &gzipped(journal))]),
        on_disk(&[("a.zip", &inside("unit/.coverage.2-journal", journal))]),
    ] {
        let shown = project.run("cov -o total");
        assert!(shown.starts_with("exit: 3\n"), "{shown}");
        assert!(shown.contains("its rollback journal `.coverage.2-journal"), "{shown}");
    }
    for project in [
        on_disk(&[("a.zip", &inside("unit/.coverage.2-journal", b""))]),
        on_disk(&[("a.zip", &inside(".coverage.2-journal", journal))]),
        on_disk(&[(".coverage.2.gz", &gzipped(&data)), (".coverage.2-journal.gz", &gzipped(b""))]),
    ] {
        let shown = project.run("cov -o total");
        assert!(shown.starts_with("exit: 0\nstdout:\n  67\n"), "{shown}");
    }
}
