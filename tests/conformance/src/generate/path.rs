//! Random paths: as patterns of a policy, and as a hostile caller sends them.

use super::Choice;

const SEGMENTS: &[&str] = &["a", "b", "admin", "api", "v1", "users"];
/// What is a path of its own or has once opened one.
const ODD: &[&str] = &[
    "/", "//", "/a//b", "/admin;x", "/admin/", "/ADMIN", "/a%20b", "/a%2Fb", "/%61dmin", "/a/./b", "/a/../b",
    "/a*b", "/a.b", "/a,b", "/a:b", "/a@b", "/a=b", "/a~b", "/a!b",
];
const SPOILED: &[&str] = &[
    "", "/", "//", "?", "?x=1", "?/a", "#f", "/.", "/..", "/./", "/../", "/%2e", "/%2E%2e/", ";x", ";",
    "/..;/", "/.;/", "%20", "%2F", "%2f", "%5C", "\\", "%61", "%41", "%00", "%0a", "%7e", "~", "%C3%A9",
    "%zz", "%", "\"", "<", ">", "^", "`", "{", "|", "}", "[", "]", "*", "{*}", "a", "A", ".", "..", ",", "=",
    "&", "!", "$", "'", "(", ")", "+", ":", "@",
];

/// A pattern that may stand in `paths`.
pub(super) fn pattern(choice: &mut Choice) -> String {
    let plain = segments(choice);
    match choice.number(0, 13) {
        0 => "*".to_owned(),
        1..=3 => format!("{plain}/*"),
        4 => format!("{plain}*"),
        5 => format!("*{plain}"),
        6 => format!("{plain}/{{*}}"),
        7 => format!("{plain}/{{**}}"),
        8 => format!("{plain}/{{*}}/{}", choice.word(SEGMENTS)),
        9 => format!("{plain}/{{**}}/{}", choice.word(SEGMENTS)),
        10 => format!("/{{*}}/{}/{{**}}", choice.word(SEGMENTS)),
        11 => choice.word(ODD),
        _ => plain,
    }
}

/// A path that a caller might send where policies have these patterns.
pub(super) fn sent(choice: &mut Choice, patterns: &[String]) -> String {
    let path = if !patterns.is_empty() && choice.chance(75) {
        let pattern = choice.pick(patterns).clone();
        fill(choice, &pattern)
    } else {
        segments(choice)
    };
    match choice.number(0, 9) {
        0..=4 => path,
        5..=7 => spoil(choice, &path),
        8 => {
            let once = spoil(choice, &path);
            spoil(choice, &once)
        }
        _ => encode(choice, &path),
    }
}

fn segments(choice: &mut Choice) -> String {
    choice.list(1, 3, |choice| format!("/{}", choice.word(SEGMENTS))).concat()
}

/// Something for each wildcard, not always something that fits.
fn fill(choice: &mut Choice, pattern: &str) -> String {
    let mut path = pattern.to_owned();
    for wildcard in ["{**}", "{*}", "*"] {
        while let Some(at) = path.find(wildcard) {
            let filling = choice.word(&["a", "x", "b/c", "", "users", "a/", "%2F"]);
            path.replace_range(at..at + wildcard.len(), &filling);
        }
    }
    if path.starts_with('/') { path } else { format!("/{path}") }
}

/// Puts something hostile between two characters, after the first slash, or changes one.
fn spoil(choice: &mut Choice, path: &str) -> String {
    let characters: Vec<char> = path.chars().collect();
    let at = if choice.chance(50) { characters.len() } else { choice.number(1, characters.len()) };
    let (before, after) = characters.split_at(at);
    let (before, after): (String, String) = (before.iter().collect(), after.iter().collect());
    format!("{before}{}{after}", choice.word(SPOILED))
}

/// Writes some characters as what they are in hexadecimal.
fn encode(choice: &mut Choice, path: &str) -> String {
    let mut written = |(index, byte): (usize, u8)| match (index > 0 && choice.chance(20), choice.chance(50)) {
        (false, _) => char::from(byte).to_string(),
        (true, true) => format!("%{byte:02X}"),
        (true, false) => format!("%{byte:02x}"),
    };
    path.bytes().enumerate().map(&mut written).collect()
}
