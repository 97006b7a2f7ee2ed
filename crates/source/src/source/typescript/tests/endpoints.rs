use super::{WithOthers, assert_all, indexed};

const ROUTE: &str = "app/api/diagnosis-runs/route.ts";

/// What the source exports, and the methods that are handled.
const EXPORTS: &[(&str, &str)] = &[
    ("export function GET() {}", "GET"),
    ("export async function GET() {}", "GET"),
    ("export function* GET() {}", "GET"),
    ("export const GET = () => {}", "GET"),
    ("export let GET = handler", "GET"),
    ("export var GET = handler", "GET"),
    ("export const GET = h, POST = h", "GET POST"),
    ("const h = () => {}; export { h as GET }", "GET"),
    ("const GET = () => {}; export { GET }", "GET"),
    ("function h() {} export { h as 'POST' }", "POST"),
    ("export { GET } from './handlers'", "GET"),
    ("export { handler as POST } from '@acme/handlers'", "POST"),
    ("import { GET } from 'x'; export { GET }", "GET"),
    ("import h from 'x'; export { h as PUT }", "PUT"),
    ("export const { GET, POST } = handlers", "GET POST"),
    ("export const { get: GET, ...rest } = handlers", "GET"),
    ("export const [GET, POST] = handlers", "GET POST"),
    ("export const { GET = fallback } = handlers", "GET"),
    ("export function HEAD() {} export function OPTIONS() {}", "HEAD OPTIONS"),
    (
        "export function PUT() {} export function PATCH() {} export function DELETE() {}",
        "DELETE PATCH PUT",
    ),
    ("export const POST = withAuth(async () => Response.json({}))", "POST"),
    ("export const POST = (async () => {}) satisfies Handler", "POST"),
    ("export default function GET() {}", ""),
    ("export default { GET() {} }", ""),
    ("export type GET = string", ""),
    ("export interface POST {}", ""),
    ("interface POST {} export { POST }", ""),
    ("type POST = 1; export { POST }", ""),
    ("function GET() {} export type { GET }", ""),
    ("function GET() {} export { type GET }", ""),
    ("export type { GET } from './handlers'", ""),
    ("export type * from './handlers'", ""),
    ("import type { GET } from 'x'; export { GET }", ""),
    ("import { type GET } from 'x'; export { GET }", ""),
    ("export declare function GET(): void", ""),
    ("export declare const GET: () => void", ""),
    ("export function GET(): void; export function GET(a?: string) {}", "GET"),
    ("interface GET {} export const GET = () => {}", "GET"),
    ("function GET() {}", ""),
    ("export function get() {}", ""),
    ("export function Get() {}", ""),
    ("export function TRACE() {}", ""),
    ("export function QUERY() {}", ""),
    ("// export function GET() {}", ""),
    ("/* export function GET() {} */", ""),
    ("const text = `\nexport function GET() {}\n`", ""),
    ("const text = 'export function GET() {}'", ""),
    ("export const dynamic = 'force-dynamic'", ""),
    ("export const POST = undefined", ""),
    ("export const POST = null", ""),
    ("export let POST; POST = () => {}", "POST"),
    ("namespace Inner { export function GET() {} }", ""),
    ("declare module 'x' { export function GET(): void }", ""),
    ("export function \\u0047ET() {}", "GET"),
    ("exports.GET = () => {}", "GET"),
    ("module.exports.POST = async () => {}", "POST"),
    ("module.exports = { GET, POST: async () => {} }", "GET POST"),
    ("export = { GET() {} }", "GET"),
    ("exports.GET = void 0; exports.GET = () => {}", "GET"),
    ("exports.GET = exports.POST = () => {}", "GET POST"),
    ("function f(exports) { exports.GET = 1 }", ""),
    ("export const GET = 1; exports.POST = () => {}", ""),
];

#[test]
fn methods_are_handled_if_a_route_exports_them_at_run_time() {
    assert_all(EXPORTS.iter().map(|(source, expected)| {
        let methods = indexed(&[(ROUTE, source)]).methods();
        ((*source).to_owned(), methods, (*expected).to_owned())
    }));
}

/// Where a handler lies, and the route that it is served under; empty where it is none.
const PATHS: &[(&str, &str)] = &[
    ("app/api/diagnosis-runs/route.ts", "/api/diagnosis-runs"),
    ("app/api/diagnosis-runs/route.js", "/api/diagnosis-runs"),
    ("app/api/diagnosis-runs/route.tsx", "/api/diagnosis-runs"),
    ("app/api/diagnosis-runs/route.jsx", "/api/diagnosis-runs"),
    ("app/api/diagnosis-runs/route.mts", ""),
    ("app/api/diagnosis-runs/route.mjs", ""),
    ("app/api/diagnosis-runs/route.d.ts", ""),
    ("app/api/diagnosis-runs/route.test.ts", ""),
    ("app/api/diagnosis-runs/routes.ts", ""),
    ("app/api/diagnosis-runs/page.tsx", ""),
    ("src/app/api/diagnosis-runs/route.ts", "/api/diagnosis-runs"),
    ("apps/studio/app/api/diagnosis-runs/route.ts", "/api/diagnosis-runs"),
    ("apps/app/src/app/api/diagnosis-runs/route.ts", "/api/diagnosis-runs"),
    ("app/(internal)/api/diagnosis-runs/route.ts", "/api/diagnosis-runs"),
    ("app/api/(a)/(b)/diagnosis-runs/(c)/route.ts", "/api/diagnosis-runs"),
    ("app/@slot/api/diagnosis-runs/route.ts", "/api/diagnosis-runs"),
    ("app/_drafts/api/diagnosis-runs/route.ts", ""),
    ("app/api/diagnosis-runs/_old/route.ts", ""),
    ("app/api/diagnosis-runs/__tests__/route.ts", ""),
    ("app/api/diagnosis-runs/%5Fold/route.ts", "/api/diagnosis-runs/_old"),
    ("app/api/diagnosis-runs/(.)id/route.ts", ""),
    ("app/api/diagnosis-runs/(...)id/route.ts", ""),
    ("app/api/diagnosis-runs/[id]/route.ts", "/api/diagnosis-runs/[]"),
    ("app/api/diagnosis-runs/[runId]/process/route.ts", "/api/diagnosis-runs/[]/process"),
    ("app/api/diagnosis-runs/[...rest]/route.ts", "/api/diagnosis-runs/[...]"),
    ("app/api/diagnosis-runs/[[...rest]]/route.ts", "/api/diagnosis-runs/[[...]]"),
    ("app/api/diagnosis-runs-archive/route.ts", ""),
    ("app/api/other/route.ts", ""),
    ("app/diagnosis-runs/route.ts", ""),
    ("api/diagnosis-runs/route.ts", ""),
    ("pages/api/diagnosis-runs/route.ts", ""),
    ("application/api/diagnosis-runs/route.ts", ""),
];

#[test]
fn routes_follow_the_folders_below_app() {
    assert_all(PATHS.iter().map(|(path, expected)| {
        let endpoints = indexed(&[(path, "export function GET() {}")]).endpoints();
        let expected = expected.split_whitespace().map(|route| format!("GET {route}")).collect();
        ((*path).to_owned(), endpoints, expected)
    }));
}

/// The route, the other files, and the methods that are handled.
const RE_EXPORTS: &[WithOthers<&str>] = &[
    (
        "export * from './handlers'",
        &[(
            "app/api/diagnosis-runs/handlers.ts",
            "export function GET() {} export const POST = () => {}",
        )],
        "GET POST",
    ),
    (
        "export * from './handlers'",
        &[("app/api/diagnosis-runs/handlers/index.ts", "export function GET() {}")],
        "GET",
    ),
    (
        "export * from './handlers.js'",
        &[("app/api/diagnosis-runs/handlers.ts", "export function GET() {}")],
        "GET",
    ),
    (
        "export * from './handlers'",
        &[("app/api/diagnosis-runs/handlers.jsx", "export const PUT = () => <a/>")],
        "PUT",
    ),
    (
        "export * from '../../../lib/a'",
        &[("lib/a.ts", "export * from './b'"), ("lib/b.ts", "export function DELETE() {}")],
        "DELETE",
    ),
    ("export * from '@/lib/a'", &[("lib/a.ts", "export function PATCH() {}")], "PATCH"),
    ("export * from '@/a'", &[("src/a.ts", "export function PATCH() {}")], "PATCH"),
    (
        "export * from './a'",
        &[("app/api/diagnosis-runs/a.ts", "export default function GET() {}")],
        "",
    ),
    ("export * from './a'", &[("app/api/diagnosis-runs/a.ts", "export type GET = 1")], ""),
    ("export * from './a'", &[("app/api/diagnosis-runs/a.ts", "export * from './route'")], ""),
    ("export * from './missing'", &[], ""),
    ("export { GET } from './a'", &[("app/api/diagnosis-runs/a.ts", "export type GET = 1")], ""),
    ("export { GET } from './a'", &[("app/api/diagnosis-runs/a.ts", "export const other = 1")], ""),
    (
        "export { h as POST } from './a'",
        &[("app/api/diagnosis-runs/a.ts", "export const h = () => {}")],
        "POST",
    ),
    (
        "import { h } from './a'; export { h as POST }",
        &[("app/api/diagnosis-runs/a.ts", "export const h = () => {}")],
        "POST",
    ),
    (
        "import h from './a'; export { h as POST }",
        &[("app/api/diagnosis-runs/a.ts", "export default async () => {}")],
        "POST",
    ),
    (
        "export { default as GET } from './a'",
        &[("app/api/diagnosis-runs/a.ts", "export default () => {}")],
        "GET",
    ),
    (
        "import * as a from './a'; export const GET = a.h",
        &[("app/api/diagnosis-runs/a.ts", "export const h = () => {}")],
        "GET",
    ),
];

#[test]
fn re_exports_are_followed_over_the_files_given() {
    assert_all(RE_EXPORTS.iter().map(|(source, others, expected)| {
        let files: Vec<_> =
            std::iter::once((ROUTE, *source)).chain(others.iter().copied()).collect();
        let case = format!("{source} with {others:?}");
        (case, indexed(&files).methods(), (*expected).to_owned())
    }));
}

#[test]
fn a_route_may_re_export_handlers_of_a_module_that_is_not_there() {
    let indexed = indexed(&[(ROUTE, "export * from '@acme/handlers'")]);
    assert_eq!(indexed.gaps(), [format!("{ROUTE}: e")]);
}

#[test]
fn an_endpoint_names_the_modules_that_its_handler_comes_from() {
    let indexed = indexed(&[
        (ROUTE, "export * from './a'; import { h } from './b'; export const POST = h"),
        ("app/api/diagnosis-runs/a.ts", "export { GET } from './b'"),
        ("app/api/diagnosis-runs/b.ts", "export const GET = () => {}, h = () => {}"),
    ]);
    let modules: Vec<Vec<&str>> = indexed
        .index
        .endpoints
        .iter()
        .map(|e| e.modules.iter().map(|id| &*indexed.map.file(*id).path).collect())
        .collect();
    let (a, b) = ("app/api/diagnosis-runs/a.ts", "app/api/diagnosis-runs/b.ts");
    assert_eq!(modules, [vec![ROUTE, a, b], vec![ROUTE, b]]);
}

#[test]
fn an_endpoint_is_where_its_export_is_written() {
    let indexed = indexed(&[(ROUTE, "const a = 1\nexport async function GET() {}\n")]);
    let endpoint = &indexed.index.endpoints[0];
    assert_eq!(indexed.map.location(endpoint.span), format!("{ROUTE}:2:8"));
}
