use sqlparser::ast::Ident;

use super::names;

#[test]
fn identifiers_are_folded_unless_quoted_and_cut_at_63_bytes() {
    let long = "é".repeat(40);
    for (ident, stored) in [
        (Ident::new("Runs"), "runs"),
        (Ident::with_quote('"', "Runs"), "Runs"),
        // Only ASCII letters fold.
        (Ident::new("ÜBER"), "Über"),
        (Ident::new("a".repeat(70)), "a".repeat(63).as_str()),
        // 63 bytes would end inside a character.
        (Ident::new(long.clone()), "é".repeat(31).as_str()),
    ] {
        assert_eq!(names::stored(&ident), stored);
    }
}

#[test]
fn names_are_quoted_where_the_server_quotes_them() {
    for (name, quoted) in [
        ("runs", "runs"),
        ("_x1", "_x1"),
        ("1x", "\"1x\""),
        ("Runs", "\"Runs\""),
        ("a b", "\"a b\""),
        ("we\"ird", "\"we\"\"ird\""),
        ("select", "\"select\""),
        ("table", "\"table\""),
        ("int", "\"int\""),
        // An unreserved keyword needs no quotes.
        ("index", "index"),
    ] {
        assert_eq!(names::quote_identifier(name), quoted);
    }
}

#[test]
fn made_up_names_shorten_the_longer_part_first() {
    let long = "t".repeat(60);
    assert_eq!(names::joined("orders", Some("total"), "check"), "orders_total_check");
    assert_eq!(names::joined("orders", None, "pkey"), "orders_pkey");
    assert_eq!(names::joined(&long, Some("id"), "key"), format!("{}_id_key", "t".repeat(56)));
    let both = names::joined(&long, Some(&"c".repeat(60)), "fkey");
    assert_eq!(both, format!("{}_{}_fkey", "t".repeat(29), "c".repeat(28)));
}

#[test]
fn made_up_names_count_up_past_those_taken() {
    let taken = ["orders_total_check", "orders_total_check1"];
    let name = names::choose("orders", Some("total"), "check", |name| taken.contains(&name));
    assert_eq!(&*name, "orders_total_check2");
}
