//! The parser and the printer.

use meshward::source::SourceId;
use meshward::syntax::{parse, print};

#[test]
fn a_rule_is_printed_as_it_reads() {
    let text = "allow orders, checkout -> payments POST /api/v1/charges because \"they bill\"\n";
    let (file, diagnostics) = parse(SourceId(0), text);
    assert_eq!(diagnostics, []);
    assert_eq!(print(&file), text);
}
