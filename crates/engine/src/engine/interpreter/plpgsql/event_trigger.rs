//! The functions of event triggers.

use std::sync::Arc;

use super::body::Body;
use super::exec::Executor;
use super::frame::Frame;
use super::run::Run;
use crate::engine::Reach;
use crate::engine::interpreter::event::Event;
use crate::engine::interpreter::model::{self, Oid};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

/// Executes the function of an event trigger. Its errors are those of the command.
pub(in crate::engine::interpreter) fn fire_event_trigger(
    session: &mut Session,
    function: Oid,
    event: &Event,
) -> Result<(), Problem> {
    let function = Arc::new(session.model.function(function)?.clone());
    let name = &function.name;
    let text = match (&*function.language, &function.body) {
        ("plpgsql", Some(model::Body::Text(text))) => text.clone(),
        // Those that the server and extensions bring change nothing of the catalog.
        ("internal" | "c", _) => return Ok(()),
        (language, _) => {
            let reason = format!("the event trigger function {name}() is written in {language}");
            return Err(Problem::gap(reason, []));
        }
    };
    Run::take_over(session, |session, run| {
        let block = run.parsed(&text).map_err(|error| {
            Problem::gap(format!("the event trigger function {name}(): {error}"), [])
        })?;
        let mut frame = Frame::new(Some(name.clone()), Vec::new());
        frame.declare("tg_event", event.name.into(), None);
        frame.declare("tg_tag", (&event.tag).into(), None);
        let body = Body { text: text.clone(), start: None };
        let outer = run.event.replace(Arc::new(event.clone()));
        let execute = |run: &mut Run, session: &mut Session| {
            let settings = session.settings.clone();
            for (setting, value) in &function.settings {
                session.set_config(setting, value, true)?;
            }
            let result = Executor::new(session, run, &body, frame).block_at_top(&block);
            if !function.settings.is_empty() {
                session.settings = settings;
            }
            result
        };
        let result = if event.doubtful {
            let why = format!("whether {} fires", event.name);
            match run.hypothetically(session, &why, execute) {
                Err(Problem::Error(error)) => {
                    let reason = format!("it fails if {} fires: {}", event.name, error.message);
                    Err(Problem::Gap { reason: reason.into(), reach: Reach::Objects(Vec::new()) })
                }
                result => result,
            }
        } else {
            execute(run, session)
        };
        run.event = outer;
        result
    })
}
