//! The variables of a function under way.

use std::sync::Arc;

use crate::engine::interpreter::query::{Rows, Target, Value, Variables};

/// A variable.
#[derive(Debug, Clone)]
struct Variable {
    name: Arc<str>,
    value: Value,
    /// What assigned values are cast to.
    target: Option<Target>,
}

/// The variables of one block.
#[derive(Debug, Clone, Default)]
struct Block {
    label: Option<Arc<str>>,
    variables: Vec<Variable>,
}

/// A cursor and the rows that it has not yet read.
#[derive(Debug, Clone)]
pub(super) struct OpenCursor {
    pub(super) name: Arc<str>,
    pub(super) rows: Rows,
}

/// The variables of a function under way, and what its statements leave behind.
#[derive(Debug, Clone, Default)]
pub(super) struct Frame {
    blocks: Vec<Block>,
    parameters: Vec<Value>,
    pub(super) cursors: Vec<OpenCursor>,
    /// `ROW_COUNT`
    pub(super) row_count: Option<Value>,
    /// What RETURN, RETURN NEXT and RETURN QUERY have returned.
    pub(super) returned: Rows,
    pub(super) value: Option<Value>,
}

impl Frame {
    /// A frame with the parameters that `$1` and its like stand for.
    pub(super) fn new(label: Option<Arc<str>>, parameters: Vec<Value>) -> Self {
        let outermost = Block { label, variables: Vec::new() };
        let mut frame = Self { blocks: vec![outermost], parameters, ..Self::default() };
        frame.declare("found", Value::Bool(false), None);
        frame
    }

    pub(super) fn enter(&mut self, label: Option<&str>) {
        self.blocks.push(Block { label: label.map(Arc::from), variables: Vec::new() });
    }

    pub(super) fn leave(&mut self) {
        self.blocks.pop();
    }

    pub(super) fn declare(&mut self, name: &str, value: Value, target: Option<Target>) {
        if let Some(block) = self.blocks.last_mut() {
            block.variables.push(Variable { name: name.into(), value, target });
        }
    }

    fn find(&self, name: &[&str]) -> Option<(usize, usize, usize)> {
        let (first, rest) = name.split_first()?;
        for (b, block) in self.blocks.iter().enumerate().rev() {
            if let Some(v) = block.variables.iter().rposition(|v| *v.name == **first) {
                return Some((b, v, 1));
            }
            if let (Some(label), Some(second)) = (&block.label, rest.first())
                && **label == **first
                && let Some(v) = block.variables.iter().rposition(|v| *v.name == **second)
            {
                return Some((b, v, 2));
            }
        }
        None
    }

    /// The variable that a name starts with, what it is cast to, and the fields after it.
    pub(super) fn slot<'n>(
        &self,
        name: &[&'n str],
    ) -> Option<(Place, Option<Target>, Vec<&'n str>)> {
        let (block, variable, used) = self.find(name)?;
        let found = self.blocks.get(block)?.variables.get(variable)?;
        let fields = name.get(used..).unwrap_or_default().to_vec();
        Some((Place { block, variable }, found.target.clone(), fields))
    }

    pub(super) fn value(&self, place: Place) -> Option<&Value> {
        Some(&self.blocks.get(place.block)?.variables.get(place.variable)?.value)
    }

    pub(super) fn set(&mut self, place: Place, value: Value) {
        if let Some(block) = self.blocks.get_mut(place.block)
            && let Some(variable) = block.variables.get_mut(place.variable)
        {
            variable.value = value;
        }
    }

    pub(super) fn set_found(&mut self, found: Value) {
        if let Some((place, ..)) = self.slot(&["found"]) {
            self.set(place, found);
        }
    }

    /// What is known after one of two ways was taken; whether anything differs from this frame.
    pub(super) fn join(&mut self, other: &Self, why: &Arc<str>) -> bool {
        let mut differs = false;
        let mut merge = |mine: &mut Value, theirs: &Value| {
            if mine != theirs {
                differs |= !matches!(mine, Value::Unknown(_));
                *mine = Value::unknown(why.clone());
            }
        };
        for (mine, theirs) in self.blocks.iter_mut().zip(&other.blocks) {
            for (mine, theirs) in mine.variables.iter_mut().zip(&theirs.variables) {
                merge(&mut mine.value, &theirs.value);
            }
        }
        if self.row_count != other.row_count {
            self.row_count = Some(Value::unknown(why.clone()));
        }
        if self.value != other.value {
            self.value = Some(Value::unknown(why.clone()));
        }
        if self.returned.rows.len() != other.returned.rows.len() || !other.returned.is_certain() {
            let columns =
                if self.returned.columns.is_empty() { &other.returned } else { &self.returned };
            self.returned = Rows::unknown(columns.columns.clone(), why.clone());
        }
        differs
    }
}

/// Where a variable is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    block: usize,
    variable: usize,
}

impl Variables for Frame {
    fn variable(&self, name: &[&str]) -> Option<Value> {
        let (place, _, fields) = self.slot(name)?;
        let mut value = self.value(place)?.clone();
        for field in fields {
            value = match &value {
                Value::Record(record) => record.field(field)?.clone(),
                Value::Unknown(unknown) => Value::unknown(unknown.why.clone()),
                // A row variable that nothing was assigned to.
                Value::Null => Value::Null,
                _ => return None,
            };
        }
        Some(value)
    }

    fn parameter(&self, number: usize) -> Option<Value> {
        self.parameters.get(number.checked_sub(1)?).cloned()
    }
}
