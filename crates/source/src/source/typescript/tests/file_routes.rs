use super::{WithOthers, assert_all, indexed};

const HANDLER: &str = "export default function handler(req, res) { res.json({}) }";
const PACKAGE: &str = r#"{ "dependencies": { "@remix-run/node": "^2.9.0" } }"#;

/// Where a handler lies, its text, and the endpoints that it is.
const FILES: &[(&str, &str, &str)] = &[
    // `pages/api` of Next.js.
    ("pages/api/diagnosis-runs.ts", HANDLER, "ANY /api/diagnosis-runs"),
    ("pages/api/diagnosis-runs/index.js", HANDLER, "ANY /api/diagnosis-runs"),
    ("src/pages/api/diagnosis-runs/[id].tsx", HANDLER, "ANY /api/diagnosis-runs/[]"),
    (
        "apps/web/pages/api/diagnosis-runs/[id]/process.ts",
        HANDLER,
        "ANY /api/diagnosis-runs/[]/process",
    ),
    ("pages/api/diagnosis-runs/[...rest].ts", HANDLER, "ANY /api/diagnosis-runs/[...]"),
    ("pages/api/diagnosis-runs/[[...rest]].ts", HANDLER, "ANY /api/diagnosis-runs/[[...]]"),
    ("pages/diagnosis-runs.ts", HANDLER, ""),
    ("pages/api/diagnosis-runs.d.ts", HANDLER, ""),
    ("pages/api/diagnosis-runs.md", HANDLER, ""),
    ("pages/api/diagnosis-runs/_middleware.ts", HANDLER, ""),
    ("pages/api/diagnosis-runs.ts", "export const GET = () => {}", ""),
    (
        "pages/api/diagnosis-runs.ts",
        "export default async (req, res) => {}",
        "ANY /api/diagnosis-runs",
    ),
    (
        "pages/api/diagnosis-runs.ts",
        "export { handler as default } from './x'",
        "ANY /api/diagnosis-runs",
    ),
    ("pages/api/diagnosis-runs.ts", "module.exports = (req, res) => {}", "ANY /api/diagnosis-runs"),
    (
        "pages/api/diagnosis-runs.ts",
        "export default withAuth((req, res) => {})",
        "ANY /api/diagnosis-runs",
    ),
    // SvelteKit.
    (
        "src/routes/api/diagnosis-runs/+server.ts",
        "export const GET = () => {}; export async function POST() {}",
        "GET /api/diagnosis-runs POST /api/diagnosis-runs",
    ),
    (
        "src/routes/(app)/api/diagnosis-runs/[id=uuid]/+server.js",
        "export const DELETE = () => {}",
        "DELETE /api/diagnosis-runs/[]",
    ),
    (
        "web/src/routes/api/diagnosis-runs/[[id]]/+server.ts",
        "export const GET = () => {}",
        "GET /api/diagnosis-runs/[[]]",
    ),
    (
        "src/routes/[[lang]]/api/diagnosis-runs/+server.ts",
        "export const GET = () => {}",
        "GET /[[]]/api/diagnosis-runs",
    ),
    (
        "src/routes/api/diagnosis-runs/[...rest]/+server.ts",
        "export const GET = () => {}",
        "GET /api/diagnosis-runs/[[...]]",
    ),
    (
        "src/routes/api/diagnosis-runs/run-[id]/+server.ts",
        "export const GET = () => {}",
        "GET /api/diagnosis-runs/run-[]",
    ),
    (
        "src/routes/api/diagnosis-runs/[x+2e]all/+server.ts",
        "export const GET = () => {}",
        "GET /api/diagnosis-runs/.all",
    ),
    (
        "src/routes/api/diagnosis-runs/+server.ts",
        "export const fallback = () => {}",
        "ANY /api/diagnosis-runs",
    ),
    ("src/routes/api/diagnosis-runs/+page.server.ts", "export const GET = () => {}", ""),
    ("src/routes/api/diagnosis-runs/+server.ts", "export type GET = 1", ""),
    // Remix and React Router.
    (
        "app/routes/api.diagnosis-runs.ts",
        "export const loader = () => {}",
        "GET /api/diagnosis-runs",
    ),
    (
        "app/routes/api.diagnosis-runs.ts",
        "export async function action() {}",
        "NON-GET /api/diagnosis-runs",
    ),
    (
        "app/routes/api.diagnosis-runs.$id.tsx",
        "export const loader = () => {}",
        "GET /api/diagnosis-runs/[]",
    ),
    (
        "app/routes/api.diagnosis-runs.$.ts",
        "export const loader = () => {}",
        "GET /api/diagnosis-runs/[[...]]",
    ),
    (
        "app/routes/api.diagnosis-runs.($id).ts",
        "export const loader = () => {}",
        "GET /api/diagnosis-runs/[[]]",
    ),
    (
        "app/routes/api.diagnosis-runs_.all.ts",
        "export const loader = () => {}",
        "GET /api/diagnosis-runs/all",
    ),
    (
        "app/routes/_auth.api.diagnosis-runs.ts",
        "export const loader = () => {}",
        "GET /api/diagnosis-runs",
    ),
    (
        "app/routes/api.diagnosis-runs._index.ts",
        "export const loader = () => {}",
        "GET /api/diagnosis-runs",
    ),
    ("app/routes/api.diagnosis-runs[.json].ts", "export const loader = () => {}", ""),
    (
        "app/routes/api.diagnosis-runs.[a.json].ts",
        "export const loader = () => {}",
        "GET /api/diagnosis-runs/a.json",
    ),
    (
        "app/routes/api.diagnosis-runs/route.ts",
        "export const loader = () => {}",
        "GET /api/diagnosis-runs",
    ),
    ("app/routes/api/diagnosis-runs.ts", "export const loader = () => {}", ""),
    (
        "app/routes/api.diagnosis-runs.tsx",
        "export const loader = () => {}; export default () => <p/>",
        "",
    ),
];

fn endpoints(files: &[(&str, &str)]) -> String {
    indexed(files).endpoints().join(" ")
}

#[test]
fn frameworks_find_handlers_by_the_path_of_the_file() {
    assert_all(FILES.iter().map(|(path, source, expected)| {
        (format!("{path}: {source}"), endpoints(&[(path, source)]), (*expected).to_owned())
    }));
}

/// Bodies of a handler of `pages/api`, and the methods that it takes.
const BRANCHES: &[(&str, &str)] = &[
    ("if (req.method !== 'POST') return res.status(405).end(); save()", "POST"),
    ("if ('POST' !== req.method) { return res.status(405).end() } save()", "POST"),
    ("if (req.method !== 'POST' && req.method !== 'PUT') return res.status(405).end()", "POST PUT"),
    (
        "if (req.method === 'GET') list(); else if (req.method === 'POST') save(); else res.status(405).end()",
        "GET POST",
    ),
    (
        "switch (req.method) { case 'GET': return list(); case 'POST': return save(); default: res.status(405).end(`Method ${req.method} Not Allowed`) }",
        "GET POST",
    ),
    (
        "const { method } = req; switch (method) { case 'PUT': return save(); default: res.status(405).end() }",
        "PUT",
    ),
    ("if (!['GET', 'POST'].includes(req.method)) return res.status(405).end()", "GET POST"),
    (
        "if (req.method === 'OPTIONS') return res.end(); if (req.method !== 'POST') return res.status(405).end()",
        "POST",
    ),
    ("if (req.method === 'OPTIONS') return res.end(); save()", "ANY"),
    ("if (req.method === 'GET') list(); else save()", "ANY"),
    ("if (req.method === 'DELETE') return res.status(405).end(); save()", "ANY"),
    ("if (req.method !== METHOD) return res.status(405).end(); save()", "ANY"),
    ("const h = handlers[req.method]; if (!h) return res.status(405).end(); h()", "ANY"),
    ("console.log(req.method); save()", "ANY"),
];

#[test]
fn a_handler_of_pages_takes_the_methods_that_it_does_not_refuse() {
    assert_all(BRANCHES.iter().map(|(body, expected)| {
        let source = format!("export default async function handler(req, res) {{ {body} }}");
        let methods = indexed(&[("pages/api/diagnosis-runs.ts", &source)]).methods();
        ((*body).to_owned(), methods, (*expected).to_owned())
    }));
}

/// A configuration of Next.js, the files beside it, and what is found.
const BASES: &[WithOthers<&str>] = &[
    (
        "module.exports = { basePath: '/api' }",
        &[("app/diagnosis-runs/route.ts", "export const GET = () => {}")],
        "GET /api/diagnosis-runs",
    ),
    (
        "export default { basePath: '/api/diagnosis-runs' }",
        &[("app/[id]/route.ts", "export const GET = () => {}")],
        "GET /api/diagnosis-runs/[]",
    ),
    (
        "const basePath = '/x'; export default { basePath }",
        &[("app/api/diagnosis-runs/route.ts", "export const GET = () => {}")],
        "",
    ),
    (
        "export default { redirects: () => [{ basePath: false }] }",
        &[("app/api/diagnosis-runs/route.ts", "export const GET = () => {}")],
        "GET /api/diagnosis-runs",
    ),
    (
        "export default { basePath: '' }",
        &[("app/api/diagnosis-runs/route.ts", "export const GET = () => {}")],
        "GET /api/diagnosis-runs",
    ),
    (
        "// basePath: '/x'",
        &[("app/api/diagnosis-runs/route.ts", "export const GET = () => {}")],
        "GET /api/diagnosis-runs",
    ),
    (
        "export default { basePath: process.env.BASE }",
        &[("app/api/diagnosis-runs/route.ts", "export const GET = () => {}")],
        "next.config.mjs: e",
    ),
    (
        "export default { basePath: process.env.BASE }",
        &[("app/api/other/route.ts", "export const GET = () => {}")],
        "",
    ),
    (
        "export default { basePath: dev ? '' : '/x' }",
        &[("pages/api/diagnosis-runs.ts", HANDLER)],
        "next.config.mjs: e",
    ),
    (
        "export default { basePath: '/x' }",
        &[("src/routes/api/diagnosis-runs/+server.ts", "export const GET = () => {}")],
        "GET /api/diagnosis-runs",
    ),
];

#[test]
fn next_js_serves_its_files_below_the_base_path() {
    assert_all(BASES.iter().map(|(config, others, expected)| {
        let mut files = vec![("next.config.mjs", *config)];
        files.extend(others.iter().copied());
        let indexed = indexed(&files);
        let found = [indexed.endpoints(), indexed.gaps()].concat().join(" ");
        (format!("{config} {others:?}"), found, (*expected).to_owned())
    }));
    let other = [
        ("apps/docs/next.config.js", "module.exports = { basePath: '/docs' }"),
        ("apps/web/app/api/diagnosis-runs/route.ts", "export const GET = () => {}"),
    ];
    assert_eq!(endpoints(&other), "GET /api/diagnosis-runs", "another application");
}

/// A `package.json`, a file, and whether the file has a route.
const PACKAGES: &[(&str, &str, bool)] = &[
    (r#"{"dependencies": {"next": "14"}}"#, "pages/api/diagnosis-runs.ts", true),
    (r#"{"dependencies": {"vite": "5"}}"#, "pages/api/diagnosis-runs.ts", false),
    (PACKAGE, "app/routes/api.diagnosis-runs.ts", true),
    (PACKAGE, "app/routes/api/diagnosis-runs.ts", false),
    (
        r#"{"dependencies": {"@remix-run/node": "^1.19.0"}}"#,
        "app/routes/api/diagnosis-runs/index.ts",
        true,
    ),
    (
        r#"{"devDependencies": {"remix-flat-routes": "0.6"}}"#,
        "app/routes/api+/diagnosis-runs.ts",
        true,
    ),
    (
        r#"{"dependencies": {"@tanstack/react-start": "1"}}"#,
        "app/routes/api.diagnosis-runs.ts",
        false,
    ),
];

#[test]
fn packages_say_which_framework_is_there() {
    let source = "export const loader = () => {}\nmodule.exports = loader";
    let of = |path: &str| if path.starts_with("pages") { HANDLER } else { source };
    assert_all(PACKAGES.iter().map(|(package, path, expected)| {
        let found = !endpoints(&[("package.json", package), (path, of(path))]).is_empty();
        (format!("{package} {path}"), found, *expected)
    }));
}
