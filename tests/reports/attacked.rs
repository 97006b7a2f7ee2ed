//! Who can reach which rows, made up.

use railcheck::access::{Access, ActorAccess, Attacked, Cell, RowAccess, Unseeded};
use railcheck::catalog::ObjectName;
use serde_json::json;

/// A table of which a row leaks, and one that could not be attacked.
pub(crate) fn attacked() -> Vec<Attacked> {
    let cell = |reach| Cell { reach, said: None, witness: None };
    let leak = Cell { witness: Some(json!({ "id": "<b>2</b>" })), ..cell(RowAccess::AllRows) };
    let refused = Cell { said: Some("permission denied".to_owned()), ..cell(RowAccess::Error) };
    let actor = |name: &str, is_visitor, select: &Cell| ActorAccess {
        name: name.to_owned(),
        role: name.to_owned(),
        is_visitor,
        select: select.clone(),
        insert: cell(RowAccess::None),
        update: cell(RowAccess::OwnRows),
        delete: refused.clone(),
    };
    let runs = ObjectName::new("public", "runs");
    let secrets = ObjectName::new("public", "my secrets");
    let access = Access {
        table: runs.clone(),
        row_level_security: true,
        rows: 2,
        actors: vec![actor("stranger", true, &leak), actor("service_role", false, &leak)],
        has_owner: true,
        unseeded: vec![Unseeded {
            table: secrets.clone(),
            owner: "another owner",
            reason: "no <value> fits".to_owned(),
        }],
    };
    let error = "there is no table public.my secrets after the migrations".to_owned();
    vec![
        Attacked { table: runs, outcome: Ok(access) },
        Attacked { table: secrets, outcome: Err(error) },
    ]
}
