//! What is promised of every input, one module for each target. A promise that is not kept is a panic, and the
//! fuzzer keeps the input that broke it.

mod archive;

pub mod graph;
pub mod istio;
pub mod parse;
pub mod paths;
pub mod project;

use meshward::diagnostic::{Diagnostic, render_github, render_human, render_json, render_sarif};
use meshward::source::SourceMap;

/// Has everything done on the thread that the fuzzer watches: it measures one, and the others would only wait.
pub fn on_one_thread() {
    rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .use_current_thread()
        .build_global()
        .expect("this comes before anything that would start the threads");
}

/// Every label lies in its text and on the borders of characters, and every way to show a diagnostic shows it.
fn can_be_shown(sources: &SourceMap, diagnostics: &[Diagnostic]) {
    for diagnostic in diagnostics {
        let labels = diagnostic.secondary.iter().map(|label| label.span);
        let fixes = diagnostic.fixes.iter().map(|fix| fix.span);
        for span in labels.chain(fixes).chain([diagnostic.primary.span]) {
            let text = &sources.get(span.source).text;
            assert!(text.get(span.range()).is_some(), "{span:?} of {diagnostic:?}");
        }
    }
    let human = render_human(sources, diagnostics, false);
    let is_readable = |letter: char| matches!(letter, '\n' | '\t') || !letter.is_control();
    assert!(human.chars().all(is_readable), "{human:?}");
    for show in [render_github, render_json, render_sarif] {
        assert!(diagnostics.is_empty() || !show(sources, diagnostics).is_empty());
    }
}
