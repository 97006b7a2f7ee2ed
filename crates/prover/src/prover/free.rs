//! Operations that are not computed but may turn out either way, whatever else was chosen, because
//! their argument is data that nothing was asked of yet. This is the whole list; what is not in it
//! proves nothing.
//!
//! | operation | what can be chosen | why |
//! | --- | --- | --- |
//! | comparison of a number, time, text or uuid | as `order` and `equality` say | <https://www.postgresql.org/docs/current/functions-comparison.html> |
//! | equality of another vast type with a constant | unequal | there always is another value |
//! | a comparison with a constant that is not computed | unequal | there always is another value |
//! | `json -> key`, `json ->> key` | NULL, or any value, for each key | an object may have any fields: <https://www.postgresql.org/docs/current/functions-json.html> |
//! | `json @> constant`, `json ? key` | either | the constant contains itself, and a scalar does not contain it |
//! | `array @> constant`, `array && constant`, `constant = ANY (array)` | false | an array may be empty: <https://www.postgresql.org/docs/current/functions-array.html> |
//! | LIKE, SIMILAR TO and regular expressions | either, where a text is found for it | <https://www.postgresql.org/docs/current/functions-matching.html> |
//! | a cast from text | any value of the type | each value is written as some text |
//! | a cast to text | unequal to any constant | there is another value, and it is written in another way |
//! | `length (text)`, `jsonb_array_length (json)`, `cardinality (array)` | any length | there is a text, or an array, of each |
//! | `extract (month, day, hour, minute, … FROM time)` | any of its values, or NULL | there is a time for each, and of infinity it is NULL: <https://www.postgresql.org/docs/current/functions-datetime.html> |
//! | the rows of a table | none, or one | as the foreign keys allow, see `table` |

use std::sync::Arc;

use super::evaluator::Evaluator;
use super::path_search::{Options, Stop};
use super::sort::{Lengths, Sort};
use super::value::{Origin, Symbol, Value};

/// No text of another type is longer than this.
const LONG_ENOUGH: u32 = 64;

impl Evaluator<'_> {
    /// A field of a json column.
    pub(super) fn free_field(&mut self, json: &Symbol, key: &str, text: bool) -> Option<Value> {
        let Origin::Data(atom) = &json.origin else { return None };
        if !matches!(json.sort, Sort::Json)
            || !self.facts.data.is_free(atom)
            || self.facts.data.is_viewed(atom)
        {
            return None;
        }
        let field: Arc<str> = format!("{atom} -> {key:?}").into();
        let mode = if text { "->>" } else { "->" };
        if *self.facts.modes.entry(Arc::clone(&field)).or_insert(mode) != mode {
            return None;
        }
        self.facts.data.add_field(atom, &field);
        let sort = if text { Sort::Text(Lengths::ANY) } else { Sort::Json };
        Some(Value::Unknown(Symbol::data(field, sort).or_null()))
    }

    /// A function of a column that nothing was asked of, which takes each of its values.
    pub(super) fn free_view(
        &mut self,
        name: &str,
        value: &Value,
        sort: Sort,
        nullable: bool,
    ) -> Option<Value> {
        let Value::Unknown(symbol) = value else { return None };
        let Origin::Data(atom) = &symbol.origin else { return None };
        let key: Arc<str> = format!("{name} of {}", symbol.key).into();
        let view = self.facts.data.view(atom);
        let as_before = view == Some(&key);
        if symbol.offset != 0 || !as_before && !self.facts.data.is_untouched(atom) {
            return None;
        }
        let data = Symbol::data(Arc::clone(atom), sort);
        Some(Value::Unknown(Symbol { key, nullable, ..data }))
    }

    /// Whether data that nothing was asked of pass a test; nothing, where they are not such data.
    pub(super) fn free_test(
        &mut self,
        question: &str,
        data: &Value,
        attainable: [bool; 2],
    ) -> Result<Option<bool>, Stop> {
        if let Some(choice) = self.facts.decided.get(question) {
            return Ok(Some(*choice == 1));
        }
        let Value::Unknown(Symbol { origin: Origin::Data(atom), offset: 0, .. }) = data else {
            return Ok(None);
        };
        if !self.facts.data.is_untouched(atom) {
            return Ok(None);
        }
        self.touch_once(&[data]);
        let [no, yes] = attainable.map(u64::from);
        let options = Options { attainable: no | yes << 1, ..Options::adversarial(2) };
        Ok(Some(self.decide(question.to_owned(), options)? == 1))
    }

    /// Whether a text column matches a pattern.
    pub(super) fn free_match(
        &mut self,
        question: &str,
        text: &Value,
        pattern: &str,
        matches: impl Fn(&str) -> Option<bool>,
    ) -> Result<Option<bool>, Stop> {
        let Value::Unknown(Symbol { sort: Sort::Text(lengths), .. }) = text else {
            return Ok(None);
        };
        if lengths.uuid {
            return Ok(None);
        }
        let filled = |filling: &str| -> String {
            pattern
                .chars()
                .filter(|c| !"%^$\\".contains(*c))
                .collect::<String>()
                .replace('_', filling)
        };
        let plain: String =
            pattern.chars().filter(|c| c.is_alphanumeric() || "@-_ ".contains(*c)).collect();
        let texts = [
            String::new(),
            "a".to_owned(),
            "Q7 ?".to_owned(),
            plain,
            filled("a"),
            filled("_"),
            filled("a").replace(".*", "a").replace(['.', '+', '*', '?'], "a"),
        ];
        let fits = |text: &str| {
            let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
            lengths.least <= length && lengths.most.is_none_or(|most| length <= most)
        };
        let found =
            |wanted: bool| texts.iter().any(|text| fits(text) && matches(text) == Some(wanted));
        self.free_test(question, text, [found(false), found(true)])
    }

    /// A cast from or to text of a column that nothing was asked of.
    pub(super) fn free_cast(
        &mut self,
        value: &Value,
        sort: &Sort,
        data_type: &str,
    ) -> Option<Value> {
        let Value::Unknown(symbol) = value else { return None };
        let Origin::Data(atom) = &symbol.origin else { return None };
        let key: Arc<str> = format!("cast {}({})", data_type.to_lowercase(), symbol.key).into();
        let asked = !self.facts.data.is_untouched(atom);
        if symbol.offset != 0 || asked && self.facts.data.view(atom) != Some(&key) {
            return None;
        }
        let sort = match (&symbol.sort, sort) {
            (
                Sort::Text(Lengths { uuid: false, most, .. }),
                Sort::Uuid | Sort::Boolean | Sort::Number(_) | Sort::Time(_) | Sort::Enum(_),
            ) if most.is_none_or(|most| most >= LONG_ENOUGH) => sort.clone(),
            (Sort::Number(_) | Sort::Time(_) | Sort::Vast, Sort::Text(_)) => Sort::Vast,
            _ => return None,
        };
        Some(Value::Unknown(Symbol {
            key,
            sort,
            may_be_visitor: symbol.may_be_visitor,
            ..Symbol::data(Arc::clone(atom), Sort::Other)
        }))
    }
}
