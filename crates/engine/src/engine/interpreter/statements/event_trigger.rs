//! `CREATE` and `ALTER EVENT TRIGGER`.

use std::sync::Arc;

use crate::catalog::History;
use crate::engine::interpreter::event::{EVENTS, is_fired_for};
use crate::engine::interpreter::model::{Dependency, EventTrigger, Oid, Other, OtherKind};
use crate::engine::interpreter::names;
use crate::engine::interpreter::parse::ast::{
    AlterEventTrigger, CreateEventTrigger, EventTriggerChange,
};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

impl Session {
    /// Executes CREATE EVENT TRIGGER. That it takes a superuser is no matter: platforms let their own roles
    /// make them.
    pub(crate) fn create_event_trigger(
        &mut self,
        statement: &CreateEventTrigger,
    ) -> Result<(), Problem> {
        let syntax = |message: String| Err(Problem::error("42601", message));
        if !EVENTS.contains(&&*statement.event) {
            return syntax(format!("unrecognized event name \"{}\"", statement.event));
        }
        let mut tags: Vec<Arc<str>> = Vec::new();
        for (at, (variable, values)) in statement.filters.iter().enumerate() {
            if variable != "tag" {
                return syntax(format!("unrecognized filter variable \"{variable}\""));
            }
            if at > 0 {
                return syntax(format!("filter variable \"{variable}\" specified more than once"));
            }
            for tag in values {
                match is_fired_for(tag) {
                    Some(true) => tags.push(tag.to_uppercase().into()),
                    Some(false) => {
                        return Err(Problem::error(
                            "0A000",
                            format!("event triggers are not supported for {}", tag.to_uppercase()),
                        ));
                    }
                    None => {
                        return syntax(format!(
                            "filter value \"{tag}\" not recognized for filter variable \"tag\""
                        ));
                    }
                }
            }
        }
        let name: Arc<str> = names::stored(&statement.name).into();
        if self.find_event_trigger(&name).is_some() {
            let message = format!("event trigger \"{name}\" already exists");
            return Err(Problem::error("42710", message));
        }
        let function = self.trigger_function(&statement.function, Oid::EVENT_TRIGGER)?;
        let event = statement.event.as_str().into();
        let trigger = self.model.insert(Other {
            history: History::created(Some(self.span)),
            event_trigger: Some(Arc::new(EventTrigger { event, tags, function, enabled: 'O' })),
            ..Other::named(OtherKind::EventTrigger, name)
        });
        self.model.depend(trigger, function, Dependency::Normal);
        Ok(())
    }

    /// Executes ALTER EVENT TRIGGER.
    pub(crate) fn alter_event_trigger(
        &mut self,
        statement: &AlterEventTrigger,
    ) -> Result<(), Problem> {
        let name = names::stored(&statement.name);
        let Some(trigger) = self.find_event_trigger(&name) else {
            let message = format!("event trigger \"{name}\" does not exist");
            return Err(Problem::error("42704", message));
        };
        match &statement.change {
            EventTriggerChange::Enabled(enabled) => {
                if let Some(found) = &mut self.model.other_mut(trigger)?.event_trigger {
                    Arc::make_mut(found).enabled = *enabled;
                }
            }
            EventTriggerChange::Rename(new) => {
                let new: Arc<str> = names::stored(new).into();
                if self.find_event_trigger(&new).is_some() {
                    let message = format!("event trigger \"{new}\" already exists");
                    return Err(Problem::error("42710", message));
                }
                self.model.rename(trigger, &new)?;
            }
            EventTriggerChange::NoEffect => {}
        }
        Ok(())
    }

    fn find_event_trigger(&self, name: &str) -> Option<Oid> {
        self.model.event_triggers().find(|oid| {
            self.model.object_of::<Other>(*oid).is_some_and(|found| &*found.name == name)
        })
    }
}
