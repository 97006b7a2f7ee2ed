//! What `verify` costs on generated trees: as many migrations as sources, 100 to 10,000 of each.
//! Cost grows linearly where the throughput, in migrations a second, stays the same.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use railcheck::config::Config;
use railcheck::engine::interpreter::Interpreter;
use railcheck::input::Folder;
use railcheck::load::{Loaded, Tree};
use railcheck::pack::{Pack, SHIPPED};
use railcheck::span::{SourceFile, SourceMap};
use railcheck::verify::{self, Status};
use tempfile::TempDir;

fn main() {
    divan::main();
}

#[divan::bench(args = [100, 1_000, 10_000], sample_count = 5, sample_size = 1)]
fn verify(bencher: Bencher<'_, '_>, size: usize) {
    let tree = generate(size);
    bencher
        .counter(ItemsCount::new(size))
        .bench(|| assert_eq!(black_box(status(tree.path())), Status::Holds));
}

fn status(root: &Path) -> Status {
    let root = Folder::root(root).expect("a folder");
    let mut files = SourceMap::default();
    let packs: Vec<Pack> = SHIPPED
        .iter()
        .map(|shipped| files.add(SourceFile::new(shipped.path, shipped.text)))
        .collect::<Vec<_>>()
        .into_iter()
        .map(|file| Pack::read(&files, file).expect("a pack"))
        .collect();
    let config = Config::default();
    let loaded = Loaded::of(
        Tree {
            root: &root,
            migrations: Some(&root.inside("migrations").expect("migrations")),
            before: None,
            until: None,
            sources: &config.sources,
            cache: None,
            journal: None,
        },
        &verify::source_query(&packs),
        &Interpreter::default(),
        files,
    )
    .expect("a repository");
    Status::of(&verify::verify(&packs, &loaded.facts()))
}

/// A tree that keeps the guardrails of pack e76, in which the fixture of the command line's tests stands
/// among `size` migrations and sources that have nothing to do with them.
fn generate(size: usize) -> TempDir {
    let tree = tempfile::tempdir().expect("a temporary folder");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cli/compliant");
    copy(&fixture.join("app"), &tree.path().join("app"));
    copy(&fixture.join("lib"), &tree.path().join("lib"));
    copy(&fixture.join("supabase/migrations"), &tree.path().join("migrations"));
    for number in 0..size {
        let migration =
            tree.path().join(format!("migrations/{}_add.sql", 20_270_000_000_000 + number));
        fs::write(migration, migration_text(number)).expect("a migration");
        let folder = tree.path().join(format!("apps/web/{}", number / 50));
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join(format!("page{number}.tsx")), source_text(number)).expect("a source");
    }
    tree
}

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.expect("an entry");
        let target = to.join(entry.path().strip_prefix(from).expect("a path below"));
        if entry.file_type().is_dir() {
            fs::create_dir_all(target).expect("a folder");
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// What migrations are made of in the wild: a table with keys, checks and a trigger, policies under a
/// guard on the catalog, and changes to a table that an earlier migration made.
fn migration_text(number: usize) -> String {
    let mut text = format!(
        "-- Orders of branch {number}.
CREATE TABLE IF NOT EXISTS public.orders_{number} (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    customer_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    total numeric(12, 2) NOT NULL CHECK (total >= 0),
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'paid', 'closed')),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (customer_id, created_at)
);
CREATE INDEX IF NOT EXISTS idx_orders_{number}_open ON public.orders_{number} (created_at)
    WHERE status = 'open';
ALTER TABLE public.orders_{number} ENABLE ROW LEVEL SECURITY;
DO $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM pg_policies WHERE tablename = 'orders_{number}' AND policyname = 'own'
    ) THEN
        CREATE POLICY own ON public.orders_{number} FOR SELECT USING (customer_id = auth.uid());
    END IF;
END $$;
COMMENT ON TABLE public.orders_{number} IS 'Orders of one branch; see /api/orders.';
"
    );
    if let Some(earlier) = number.checked_sub(7) {
        let _ = writeln!(
            text,
            "ALTER TABLE public.orders_{earlier} ADD COLUMN note text, DROP CONSTRAINT orders_{earlier}_total_check;
DROP POLICY own ON public.orders_{earlier};"
        );
    }
    text
}

/// A component of some size that calls an endpoint of its own.
fn source_text(number: usize) -> String {
    let mut text = format!(
        "import {{ useState }} from 'react'

export function Page{number}({{ id }}: {{ id: string }}) {{
  const [order, setOrder] = useState<string | null>(null)
  const load = async () => {{
    const response = await fetch(`/api/orders-{number}/${{id}}`, {{ method: 'POST' }})
    setOrder((await response.json()).order ?? null)
  }}
"
    );
    for row in 0..40 {
        let _ =
            writeln!(text, "  const label{row} = order ? `Order ${{order}} row {row}` : 'none'");
    }
    text.push_str("  return <button onClick={load}>{label0}{label39}</button>\n}\n");
    text
}
