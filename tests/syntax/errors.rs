//! Wrong files, each beside the messages that its author reads.

use meshward::diagnostic::render_human;
use meshward::source::SourceMap;
use meshward::syntax::parse;

#[test]
fn messages_for_wrong_files() {
    insta::glob!("errors/*.ward", |path| {
        let text = std::fs::read_to_string(path).unwrap();
        let mut sources = SourceMap::default();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let id = sources.add(name, text.as_str());
        let (_, diagnostics) = parse(id, &text);
        assert!(!diagnostics.is_empty(), "{} has nothing wrong", path.display());
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "errors" }, {
            insta::assert_snapshot!(render_human(&sources, &diagnostics, false));
        });
    });
}
