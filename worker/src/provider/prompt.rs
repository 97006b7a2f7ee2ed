//! The prompt, a versioned file, and the user's turn that carries the data.

use serde_json::json;

use crate::provider::Question;

/// Version of the prompt; it is recorded in each artifact and part of the cache's key.
pub const VERSION: &str = "diagnosis-v1";

/// The instructions. They hold neither data nor secrets.
pub const SYSTEM: &str = include_str!("../../prompts/diagnosis-v1.md");

/// The user's turn: the context pack as one JSON document, which is data and not instructions.
pub fn user_turn(question: &Question<'_>) -> String {
    let mut turn = json!({ "context_pack": question.context.expose() }).to_string();
    if !question.broken.is_empty() {
        let places: Vec<_> = question.broken.iter().map(|path| path.as_str()).collect();
        turn.push_str("\n\nYour previous answer did not conform to the schema at these places: ");
        turn.push_str(&json!(places).to_string());
        turn.push_str("\nAnswer again, conforming to the schema in every place.");
    }
    turn
}
