//! `CREATE SEQUENCE`

use sqlparser::ast::SequenceOptions;

use crate::catalog::History;
use crate::engine::interpreter::model::{Persistence, Relation, RelationKind, Sequence};
use crate::engine::interpreter::parse::ast::CreateSequence;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

impl Session {
    /// `CREATE SEQUENCE`
    pub(crate) fn create_sequence(&mut self, written: &CreateSequence) -> Result<(), Problem> {
        let &CreateSequence { ref name, temporary, if_not_exists, ref options } = written;
        let (schema, name) = self.place(name, temporary)?;
        if if_not_exists && self.model.find_relation(schema, &name).is_some() {
            return Ok(());
        }
        self.check_relation_free(schema, &name)?;
        let mut owner = None;
        for option in options {
            match option {
                SequenceOptions::DataType(written) => drop(self.resolve_type(written)?),
                SequenceOptions::OwnedBy(column) => owner = column.as_ref(),
                _ => {}
            }
        }
        let mut sequence = Relation::new(RelationKind::Sequence, schema, name);
        if Some(schema) == self.temporary_schema {
            sequence.persistence = Persistence::Temporary;
        }
        sequence.owner = self.current_role();
        sequence.sequence = Some(Sequence { owned_by: None });
        sequence.history = History::created(Some(self.span));
        let sequence = self.model.add_relation(sequence);
        match owner {
            Some(_) => self.set_sequence_owner(sequence, owner),
            None => Ok(()),
        }
    }
}
