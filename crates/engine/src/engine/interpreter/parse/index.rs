//! `CREATE INDEX … ON ONLY`, which sqlparser does not know.

use sqlparser::ast::Statement as Sql;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::ast::Statement;
use super::lower::index_of;
use super::tokens::{self, Cursor, Parsed};

/// How many words `UNIQUE INDEX CONCURRENTLY IF NOT EXISTS schema.name ON` may be.
const HEAD: usize = 10;

/// The statement after CREATE, if the index is on ONLY a partitioned table.
pub(super) fn parse_only(parser: &mut Parser<'_>) -> Parsed<Option<Statement>> {
    let is_word = |at: usize, word| tokens::is_word(&parser.peek_nth_token_ref(at).token, word);
    let names_table = |at| matches!(parser.peek_nth_token_ref(at).token, Token::Word(_));
    let only =
        (1..HEAD).find(|at| is_word(at - 1, "ON") && is_word(*at, "ONLY") && names_table(at + 1));
    let Some(only) = only else { return Ok(None) };
    let mut without = vec![TokenWithSpan::wrap(Token::make_keyword("CREATE"))];
    for at in 0.. {
        let token = parser.next_token();
        match token.token {
            Token::EOF => break,
            _ if at == only => {}
            _ => without.push(token),
        }
    }
    let mut without = tokens::parser(without);
    let Sql::CreateIndex(index) = without.parse_statement()? else { return Ok(None) };
    without.need_end()?;
    Ok(Some(index_of(index, true)))
}
