//! A policy: reading never fails, and what is read without a complaint is printed so that it reads as the same.

use meshward::source::{Loader as _, MemoryLoader, SourceMap};
use meshward::syntax::ast::{File, Statement};
use meshward::syntax::{parse, print, print_statement_line};

use crate::can_be_shown;

const NAME: &str = "main.ward";

/// Reads `text`, prints it, and reads what was printed.
pub fn keeps_its_promises(text: &str) {
    // What no file may hold comes to no parser.
    let Ok(text) = &MemoryLoader::new([(NAME, text)]).read(NAME.as_ref()) else { return };
    let mut sources = SourceMap::default();
    let source = sources.add(NAME, text.as_str());
    let (file, diagnostics) = parse(source, text);
    can_be_shown(&sources, &diagnostics);
    assert!(!diagnostics.is_empty() || !file.items.iter().any(|item| is_unread(&item.statement)));

    let printed = print(&file);
    if diagnostics.is_empty() {
        let again = read(&printed);
        assert_eq!(again, file, "printed as {printed:?}");
        assert_eq!(print(&again), printed);
        assert!(file.items.iter().all(|item| !print_statement_line(item).contains('\n')));
    } else {
        // What could not be read is printed as it stands, and must not bring anything down the next time.
        let _ = parse(source, &printed);
    }
}

fn is_unread(statement: &Statement) -> bool {
    matches!(statement, Statement::Bad(_) | Statement::Unsupported(_))
}

fn read(text: &str) -> File {
    let mut sources = SourceMap::default();
    let (file, diagnostics) = parse(sources.add("printed.ward", text), text);
    assert_eq!(diagnostics, [], "{text:?}");
    file
}
