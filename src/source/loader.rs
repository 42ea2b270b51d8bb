//! How texts come in: from disk in the product, from memory in tests.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The largest file that is read: 64 MiB. Anything larger is no policy and no manifest.
pub const MAX_FILE_BYTES: u64 = 64 << 20;

/// The largest policy and the largest `.proto` file that is read: 2 MiB, or 20,000 rules. People write them, and one
/// that is larger is a mistake that would take longer to read than anybody waits.
pub const MAX_WRITTEN_BYTES: u64 = 2 << 20;

fn most_bytes(path: &Path) -> u64 {
    if has_extension(path, &["proto", "ward"]) { MAX_WRITTEN_BYTES } else { MAX_FILE_BYTES }
}

/// What is said of a path that leads nowhere.
const MISSING: &str = "no such file or folder";

/// What is said of a symbolic link to nothing, or to itself.
const LEADS_NOWHERE: &str = "it is a symbolic link that leads nowhere";

/// Why a file or folder could not be read. Its text tells the reader what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadError {
    /// The path as it was asked for.
    pub path: PathBuf,
    /// What is wrong and what to do, in lower case, without the path.
    pub reason: String,
}

impl LoadError {
    /// Whether nothing is there, so that the path itself may be wrong.
    pub fn is_missing(&self) -> bool {
        self.reason == MISSING
    }
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "can not read `{}`: {}", self.path.display(), self.reason)
    }
}

impl std::error::Error for LoadError {}

/// Where files come from.
pub trait Loader: Sync {
    /// The text of one file: UTF-8, at most [`MAX_FILE_BYTES`], of a policy or a `.proto` file [`MAX_WRITTEN_BYTES`]; a
    /// leading byte order mark is removed.
    fn read(&self, path: &Path) -> Result<String, LoadError>;

    /// The files below `path` whose extension is one of `extensions`, sorted by path; `path` itself if it
    /// is a file. Hidden files and folders are passed over; a symlink loop is passed over too.
    fn walk(&self, path: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>, LoadError>;

    /// Whether a file or a folder is there.
    fn exists(&self, path: &Path) -> bool;

    /// The one path of a file that has several: links and `..` are followed as far as that is possible.
    fn identity(&self, path: &Path) -> PathBuf;
}

/// Reads from the file system.
#[derive(Debug, Default, Clone, Copy)]
pub struct DiskLoader;

impl Loader for DiskLoader {
    fn read(&self, path: &Path) -> Result<String, LoadError> {
        let fail = |reason: String| LoadError { path: path.to_owned(), reason };
        let file = std::fs::File::open(path).map_err(|error| {
            fail(if is_broken_link(path) { LEADS_NOWHERE.to_owned() } else { reason_of(&error) })
        })?;
        let metadata = file.metadata().map_err(|error| fail(reason_of(&error)))?;
        if metadata.is_dir() {
            return Err(fail("it is a folder, not a file".to_owned()));
        }
        let most = most_bytes(path);
        let mut bytes = Vec::with_capacity(metadata.len().min(most) as usize);
        // The length of a pipe or of a growing file is not known beforehand: read one byte past the limit.
        file.take(most + 1).read_to_end(&mut bytes).map_err(|error| fail(reason_of(&error)))?;
        decode(bytes, most).map_err(fail)
    }

    fn walk(&self, path: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>, LoadError> {
        let fail = |reason: String| LoadError { path: path.to_owned(), reason };
        let metadata = std::fs::metadata(path).map_err(|error| fail(reason_of(&error)))?;
        if !metadata.is_dir() {
            return Ok(vec![path.to_owned()]);
        }
        let mut files = Vec::new();
        // Ignore files speak of version control, not of what is deployed, so none is obeyed.
        let walk = ignore::WalkBuilder::new(path)
            .standard_filters(false)
            .hidden(true)
            .follow_links(true)
            .sort_by_file_path(Path::cmp)
            .build();
        for entry in walk {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) if holds_nothing(&error, extensions) => continue,
                // Reading it fails, and the files beside it are read all the same.
                Err(ignore::Error::WithPath { path, .. }) if is_broken_link(&path) => {
                    files.push(path);
                    continue;
                }
                Err(error) => return Err(unreadable(path, &error)),
            };
            let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
            if is_file && has_extension(entry.path(), extensions) {
                files.push(entry.into_path());
            }
        }
        Ok(files)
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }

    fn identity(&self, path: &Path) -> PathBuf {
        path.canonicalize().unwrap_or_else(|_| normalize(path))
    }
}

/// Reads from a map of paths to texts.
#[derive(Debug, Default, Clone)]
pub struct MemoryLoader {
    files: BTreeMap<PathBuf, String>,
}

impl MemoryLoader {
    /// Files given as pairs of path and text.
    pub fn new<P: Into<PathBuf>, T: Into<String>>(files: impl IntoIterator<Item = (P, T)>) -> Self {
        Self { files: files.into_iter().map(|(path, text)| (path.into(), text.into())).collect() }
    }
}

impl Loader for MemoryLoader {
    fn read(&self, path: &Path) -> Result<String, LoadError> {
        let fail = |reason: String| LoadError { path: path.to_owned(), reason };
        let text = self.files.get(&normalize(path)).ok_or_else(|| fail(MISSING.to_owned()))?;
        decode(text.clone().into_bytes(), most_bytes(path)).map_err(fail)
    }

    fn walk(&self, path: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>, LoadError> {
        let folder = normalize(path);
        if self.files.contains_key(&folder) {
            return Ok(vec![folder]);
        }
        let below: Vec<&PathBuf> = self.files.keys().filter(|file| file.starts_with(&folder)).collect();
        if below.is_empty() {
            return Err(LoadError { path: path.to_owned(), reason: MISSING.to_owned() });
        }
        Ok(below.into_iter().filter(|file| has_extension(file, extensions)).cloned().collect())
    }

    fn exists(&self, path: &Path) -> bool {
        let path = normalize(path);
        self.files.keys().any(|file| file.starts_with(&path))
    }

    fn identity(&self, path: &Path) -> PathBuf {
        normalize(path)
    }
}

/// `a/./b/../c` as `a/c`, without asking the file system.
fn normalize(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                normal.pop();
            }
            std::path::Component::Normal(_)
            | std::path::Component::RootDir
            | std::path::Component::Prefix(_) => normal.push(component),
        }
    }
    normal
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension().is_some_and(|found| extensions.iter().any(|wanted| found == *wanted))
}

/// Whether the part of a folder that could not be walked can be passed over: a link back to a folder that is
/// being walked, or a link to nothing that nobody asked for, such as an editor's lock `.#shop.ward`.
fn holds_nothing(error: &ignore::Error, extensions: &[&str]) -> bool {
    match error {
        ignore::Error::Loop { .. } => true,
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            holds_nothing(err, extensions)
        }
        ignore::Error::WithPath { path, err } => {
            let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
            let is_unwanted = is_hidden || !has_extension(path, extensions);
            holds_nothing(err, extensions) || (is_unwanted && is_broken_link(path))
        }
        ignore::Error::Partial(_)
        | ignore::Error::Io(_)
        | ignore::Error::Glob { .. }
        | ignore::Error::UnrecognizedFileType(_)
        | ignore::Error::InvalidDefinition => false,
    }
}

/// Whether `path` is a symbolic link that leads nowhere, or to itself.
fn is_broken_link(path: &Path) -> bool {
    path.is_symlink()
        && std::fs::metadata(path).is_err_and(|error| {
            let leads_to_itself = rustix::io::Errno::from_io_error(&error) == Some(rustix::io::Errno::LOOP);
            leads_to_itself || error.kind() == std::io::ErrorKind::NotFound
        })
}

/// What could not be read while `folder` was walked.
fn unreadable(folder: &Path, error: &ignore::Error) -> LoadError {
    let fail = |reason: String| LoadError { path: folder.to_owned(), reason };
    match error {
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            unreadable(folder, err)
        }
        ignore::Error::WithPath { path, err } => unreadable(path, err),
        ignore::Error::Io(error) => fail(reason_of(error)),
        ignore::Error::Partial(_)
        | ignore::Error::Loop { .. }
        | ignore::Error::Glob { .. }
        | ignore::Error::UnrecognizedFileType(_)
        | ignore::Error::InvalidDefinition => fail(error.to_string()),
    }
}

fn reason_of(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => MISSING.to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

fn decode(mut bytes: Vec<u8>, most: u64) -> Result<String, String> {
    if bytes.len() as u64 > most {
        return Err(format!("it is larger than {} MiB; split it", most >> 20));
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    if bytes.contains(&0) {
        return Err("it is binary (it has NUL bytes); write it as UTF-8 text".to_owned());
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let line = line_of(error.as_bytes(), error.utf8_error().valid_up_to());
        format!("line {line} is not UTF-8; save the file as UTF-8")
    })?;
    // Messages show the text, and a terminal would obey such a character. Beyond ASCII they begin with this byte.
    let may_be_control =
        |byte: u8| byte == 0x7f || byte == 0xc2 || (byte < b' ' && !matches!(byte, b'\t'..=b'\r'));
    // All bytes are looked at, since that is done for many at once.
    if text.bytes().fold(false, |found, byte| found | may_be_control(byte))
        && let Some((at, control)) = text.char_indices().find(|(_, c)| c.is_control() && !is_layout(*c))
    {
        let line = line_of(text.as_bytes(), at);
        return Err(format!("line {line} has the control character U+{:04X}; remove it", u32::from(control)));
    }
    Ok(text)
}

/// The number of the line that byte `at` is in.
fn line_of(bytes: &[u8], at: usize) -> usize {
    bytes[..at].split(|byte| *byte == b'\n').count()
}

/// Tabs, and what ends a line or a page somewhere.
fn is_layout(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}')
}
