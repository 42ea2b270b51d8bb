//! What a caller gets through to, as a table.

use indexmap::IndexSet;
use meshward::query::{Reach, TargetRow};

use super::super::phrase::counted;
use super::callers::said_by;
use super::table::Table;

/// One row for each port that is reached.
pub(super) fn table(reach: &Reach) -> Table {
    let Reach { caller, workloads, of, .. } = reach;
    let title = match &reach.target {
        None => format!("`{caller}` reaches {workloads} of {}", counted(*of, "workload")),
        Some(target) if reach.targets.is_empty() => format!("`{caller}` may do nothing on `{target}`"),
        Some(target) => format!("what `{caller}` may do on `{target}`"),
    };
    let has_chains = reach.targets.iter().any(|row| !row.via.is_empty());
    let mut columns = vec!["target", "port", "may", "said by"];
    if has_chains {
        columns.push("via");
    }
    // Several workloads can stand behind one port, and the table does not speak of them.
    let rows: IndexSet<_> = reach.targets.iter().map(|row| cells(row, has_chains)).collect();
    let rows = rows.into_iter().collect();
    let is_external = reach.targets.iter().any(|row| row.external);
    let external = is_external.then(|| "a CUSTOM policy asks a provider of the mesh first".to_owned());
    let notes = external.into_iter().chain(reach.note.clone()).collect();
    Table { title, columns, rows, notes }
}

fn cells(row: &TargetRow, has_chains: bool) -> Vec<Vec<String>> {
    let port = row.service_port.unwrap_or(row.port);
    let mut operations = row.operations.clone();
    operations.extend(row.denied.iter().map(|denied| format!("but not {denied}")));
    let mut cells = vec![vec![row.target.clone()], vec![port.to_string()], operations, said_by(&row.rules)];
    if has_chains {
        cells.push(vec![row.via.join(" -> ")]);
    }
    cells
}
