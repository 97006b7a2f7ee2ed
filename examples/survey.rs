use railcheck::engine::interpreter::{parse, split};
use railcheck::span::FileId;
fn main() {
    let mut n = 0usize;
    let mut t = std::time::Duration::ZERO;
    for f in std::env::args().skip(1) {
        let Ok(text) = std::fs::read_to_string(&f) else {
            println!("READ\t{f}");
            continue;
        };
        let start = std::time::Instant::now();
        let parsed = parse::parse_file(FileId(0), &text);
        let took = start.elapsed();
        t += took;
        if took.as_millis() > 300 {
            println!("SLOW\t{f}\t{}ms\t{}B", took.as_millis(), text.len());
        }
        n += parsed.len();
        for p in &parsed {
            match &p.kind {
                parse::StatementKind::Unparsed { reason, .. } => {
                    let s: String = text[p.span.range()]
                        .split_whitespace()
                        .take(200)
                        .collect::<Vec<_>>()
                        .join(" ");
                    let head: String =
                        s.split(' ').take(3).collect::<Vec<_>>().join(" ").to_uppercase();
                    let s: String = s.chars().take(260).collect();
                    println!("FAIL\t{head}\t{reason}\t{f}\t{s}");
                }
                parse::StatementKind::Refused { message, .. } => {
                    println!("REFUSED\t{message}\t{f}")
                }
                _ => {}
            }
        }
        let _ = split::split(&text);
    }
    println!("TOTAL {n} statements in {t:?}");
}
