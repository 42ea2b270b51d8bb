//! Reads one page of `docs/diagnostics/` into its parts: head, prose, and the files of the two examples.

/// A page, cut up.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// `E0201`
    pub(crate) id: String,
    /// `unknown service`
    pub(crate) title: String,
    /// `unknown-service`
    pub(crate) name: String,
    /// `warn`; lints only.
    pub(crate) level: Option<String>,
    /// What stands between the head and the first section.
    pub(crate) prose: String,
    /// The files under `## Wrong`.
    pub(crate) wrong: Vec<File>,
    /// The files under `## Right`.
    pub(crate) right: Vec<File>,
}

/// A fenced block, which stands for a file of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    /// Relative to the project; a block that names none is `policies/main.ward`.
    pub(crate) path: String,
    /// What it holds, with placeholders written out.
    pub(crate) text: String,
}

#[derive(Clone, Copy)]
enum Section {
    Prose,
    Wrong,
    Right,
}

impl Page {
    /// Reads a page, or tells what does not have the form of one.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut page = Self::default();
        let mut section = Section::Prose;
        let mut lines = text.lines();
        let title = lines.next().and_then(|line| line.strip_prefix("# ")).ok_or("no title")?;
        let (id, title) = title.split_once(": ").ok_or("no `: ` in the title")?;
        (page.id, page.title) = (id.to_owned(), title.to_owned());
        while let Some(line) = lines.next() {
            if let Some(info) = line.strip_prefix("```") {
                let file = File::read(info, &mut lines)?;
                match section {
                    Section::Prose => return Err("an example outside of the two sections".to_owned()),
                    Section::Wrong => page.wrong.push(file),
                    Section::Right => page.right.push(file),
                }
            } else if let Some(heading) = line.strip_prefix("## ") {
                section = match heading {
                    "Wrong" => Section::Wrong,
                    "Right" => Section::Right,
                    other => return Err(format!("unknown section `{other}`")),
                };
            } else if let Some(name) = line.strip_prefix("Name: ") {
                name.clone_into(&mut page.name);
            } else if let Some(level) = line.strip_prefix("Level: ") {
                page.level = Some(level.to_owned());
            } else if matches!(section, Section::Prose) {
                page.prose.push_str(line);
                page.prose.push('\n');
            }
        }
        Ok(page)
    }
}

impl File {
    /// Reads the lines of a block up to the closing fence. `info` is `ward`, `ward policies/groups.ward` or
    /// `yaml k8s/app.yaml`.
    fn read<'a>(info: &str, lines: &mut impl Iterator<Item = &'a str>) -> Result<Self, String> {
        let path = match info.split_once(' ') {
            Some((_, path)) => path,
            None if info == "ward" => "policies/main.ward",
            None => return Err(format!("a block of `{info}` that names no file")),
        };
        let mut text = String::new();
        for line in lines {
            if line == "```" {
                return Ok(Self { path: path.to_owned(), text });
            }
            write_out(line, &mut text);
        }
        Err(format!("the block of `{path}` is not closed"))
    }
}

/// Adds a line in which `<TEXT × N>` stands for TEXT repeated, `#` in it for the number of the repetition: as
/// lines where it stands alone, within the line where it does not. What is too long to show would otherwise
/// have no example.
fn write_out(line: &str, text: &mut String) {
    match placeholder(line) {
        None => text.push_str(line),
        Some((before, repeated, count, after)) => {
            let parts: Vec<String> =
                (1..=count).map(|number| repeated.replace('#', &number.to_string())).collect();
            let alone = before.is_empty() && after.is_empty();
            text.push_str(before);
            text.push_str(&parts.join(if alone { "\n" } else { "" }));
            text.push_str(after);
        }
    }
    text.push('\n');
}

/// The parts of a line around and in `<TEXT × N>`.
fn placeholder(line: &str) -> Option<(&str, &str, usize, &str)> {
    let (front, back) = line.split_once(" × ")?;
    let (before, repeated) = front.split_once('<')?;
    let (count, after) = back.split_once('>')?;
    Some((before, repeated, count.parse().ok()?, after))
}

#[test]
fn a_placeholder_is_written_out() {
    let written = |line| {
        let mut text = String::new();
        write_out(line, &mut text);
        text
    };
    assert_eq!(written("<} × 3>"), "}\n}\n}\n");
    assert_eq!(written("GET /<ab × 2>{*}"), "GET /abab{*}\n");
    assert_eq!(written("/0<, /# × 2>"), "/0, /1, /2\n");
    assert_eq!(written("allow a -> b"), "allow a -> b\n");
}
