use super::{assert_all, indexed};

/// The body of a module, and the callsites that it holds.
const CALLS: &[(&str, &[&str])] = &[
    // Which calls are calls of `fetch`.
    ("fetch('/api/diagnosis-runs')", &["GET /api/diagnosis-runs"]),
    ("fetch(\"/api/diagnosis-runs\")", &["GET /api/diagnosis-runs"]),
    ("fetch(`/api/diagnosis-runs`)", &["GET /api/diagnosis-runs"]),
    ("globalThis.fetch('/api/diagnosis-runs')", &["GET /api/diagnosis-runs"]),
    ("window.fetch('/api/diagnosis-runs')", &["GET /api/diagnosis-runs"]),
    ("globalThis['fetch']('/api/diagnosis-runs')", &["GET /api/diagnosis-runs"]),
    ("window?.fetch?.('/api/diagnosis-runs')", &["GET /api/diagnosis-runs"]),
    ("globalThis.window.fetch('/api/diagnosis-runs')", &["GET /api/diagnosis-runs"]),
    ("fetch?.('/api/diagnosis-runs')", &["GET /api/diagnosis-runs"]),
    ("(fetch)('/api/diagnosis-runs')", &["GET /api/diagnosis-runs"]),
    ("(0, fetch)('/api/diagnosis-runs')", &["GET /api/diagnosis-runs"]),
    ("fetch!('/api/diagnosis-runs')", &["GET /api/diagnosis-runs"]),
    ("(fetch as any)('/api/diagnosis-runs')", &["GET /api/diagnosis-runs"]),
    ("(window as any).fetch('/api/diagnosis-runs')", &["GET /api/diagnosis-runs"]),
    ("f\\u0065tch('/api/diagnosis-runs')", &["GET /api/diagnosis-runs"]),
    ("const fetch = globalThis.fetch; fetch('/api/diagnosis-runs')", &["GET /api/diagnosis-runs"]),
    (
        "const fetch = window.fetch.bind(window); fetch('/api/diagnosis-runs')",
        &["GET /api/diagnosis-runs"],
    ),
    ("const { fetch } = globalThis; fetch('/api/diagnosis-runs')", &["GET /api/diagnosis-runs"]),
    (
        "declare function fetch(url: string): any; fetch('/api/diagnosis-runs')",
        &["GET /api/diagnosis-runs"],
    ),
    ("declare const fetch: any; fetch('/api/diagnosis-runs')", &["GET /api/diagnosis-runs"]),
    (
        "declare global { var fetch: any } fetch('/api/diagnosis-runs'); export {}",
        &["GET /api/diagnosis-runs"],
    ),
    ("function fetch(a: string): void; function fetch(a) {} fetch('/api/diagnosis-runs')", &[]),
    ("await fetch('/api/diagnosis-runs')", &["GET /api/diagnosis-runs"]),
    (
        "const load = async () => (await fetch('/api/diagnosis-runs')).json()",
        &["GET /api/diagnosis-runs"],
    ),
    ("test('x', async () => { await fetch('/api/diagnosis-runs') })", &["GET /api/diagnosis-runs"]),
    ("class A { @d(fetch('/api/diagnosis-runs')) m() {} }", &["GET /api/diagnosis-runs"]),
    ("const t = `text ${fetch('/api/diagnosis-runs')}`", &["GET /api/diagnosis-runs"]),
    ("if (false) fetch('/api/diagnosis-runs')", &["GET /api/diagnosis-runs"]),
    ("import { fetch } from './mock'; fetch('/api/diagnosis-runs')", &[]),
    ("import fetch from './mock'; fetch('/api/diagnosis-runs')", &[]),
    ("function f(fetch) { fetch('/api/diagnosis-runs') }", &[]),
    ("const f = ({ fetch }) => fetch('/api/diagnosis-runs')", &[]),
    ("function fetch(u) {} fetch('/api/diagnosis-runs')", &[]),
    ("{ const fetch = mock(); fetch('/api/diagnosis-runs') }", &[]),
    ("{ const fetch = mock(); } fetch('/api/diagnosis-runs')", &["GET /api/diagnosis-runs"]),
    ("fetch('/api/diagnosis-runs'); var fetch = mock()", &[]),
    ("try {} catch (fetch) { fetch('/api/diagnosis-runs') }", &[]),
    ("function f(window) { window.fetch('/api/diagnosis-runs') }", &[]),
    ("client.fetch('/api/diagnosis-runs')", &[]),
    ("this.fetch('/api/diagnosis-runs')", &[]),
    ("prefetch('/api/diagnosis-runs')", &[]),
    ("new fetch('/api/diagnosis-runs')", &[]),
    ("new Request('/api/diagnosis-runs')", &[]),
    ("fetch(new Request('/api/diagnosis-runs'))", &[]),
    ("fetch`/api/diagnosis-runs`", &[]),
    ("axios.get('/api/diagnosis-runs')", &[]),
    ("// fetch('/api/diagnosis-runs')", &[]),
    ("/* fetch('/api/diagnosis-runs') */", &[]),
    ("/** @example fetch('/api/diagnosis-runs') */ const a = 1", &[]),
    ("const a = \"fetch('/api/diagnosis-runs')\"", &[]),
    ("const a = `fetch('/api/diagnosis-runs')`", &[]),
    ("const a = /fetch('/api/diagnosis-runs')/", &[]),
    ("type A = typeof fetch; const u: '/api/diagnosis-runs' = x", &[]),
    ("declare function f(a: ReturnType<typeof fetch>, b: '/api/diagnosis-runs'): void", &[]),
    // Which URLs are literal, and what path they name.
    ("fetch(('/api/diagnosis-runs'))", &["GET /api/diagnosis-runs"]),
    ("fetch('/api/diagnosis-runs' as const)", &["GET /api/diagnosis-runs"]),
    ("fetch('/api/diagnosis-runs' as string)", &["GET /api/diagnosis-runs"]),
    ("fetch('/api/diagnosis-runs' satisfies string)", &["GET /api/diagnosis-runs"]),
    ("fetch('/api/diagnosis-runs'!)", &["GET /api/diagnosis-runs"]),
    ("fetch(`/api/diagnosis-runs/${id}`)", &["GET /api/diagnosis-runs/{}"]),
    ("fetch(`/api/diagnosis-runs/${run.id}/process`)", &["GET /api/diagnosis-runs/{}/process"]),
    ("fetch(`/api/diagnosis-runs/run-${id}`)", &["GET /api/diagnosis-runs/run-{}"]),
    ("fetch(`/api/diagnosis-runs/${a}${b}`)", &["GET /api/diagnosis-runs/{}"]),
    ("fetch('/api/diagnosis-runs/42')", &["GET /api/diagnosis-runs/42"]),
    ("fetch('/api/diagnosis-runs/')", &["GET /api/diagnosis-runs/"]),
    ("fetch(`${base}/api/diagnosis-runs`)", &["GET /api/diagnosis-runs"]),
    ("fetch(`${base}api/diagnosis-runs`)", &["GET /api/diagnosis-runs"]),
    (
        "fetch(`${process.env.URL ?? 'http://localhost'}/api/diagnosis-runs/${id}`)",
        &["GET /api/diagnosis-runs/{}"],
    ),
    ("fetch('https://example.org/api/diagnosis-runs')", &["GET /api/diagnosis-runs"]),
    ("fetch('http://localhost:3000/api/diagnosis-runs')", &["GET /api/diagnosis-runs"]),
    ("fetch('//example.org/api/diagnosis-runs')", &["GET /api/diagnosis-runs"]),
    ("fetch(`http://localhost:${port}/api/diagnosis-runs`)", &["GET /api/diagnosis-runs"]),
    ("fetch(`https://${host}/api/diagnosis-runs`)", &["GET /api/diagnosis-runs"]),
    ("fetch(`${scheme}://${host}/api/diagnosis-runs`)", &["GET /api/diagnosis-runs"]),
    ("fetch(`${host}:3000/api/diagnosis-runs`)", &["GET /api/diagnosis-runs"]),
    ("fetch('/api/diagnosis-runs?limit=5')", &["GET /api/diagnosis-runs"]),
    ("fetch(`/api/diagnosis-runs?limit=${n}`)", &["GET /api/diagnosis-runs"]),
    ("fetch('/api/diagnosis-runs#top')", &["GET /api/diagnosis-runs"]),
    ("fetch(`/api/diagnosis-runs${q ? `?q=${q}` : ''}`)", &["GET /api/diagnosis-runs"]),
    ("const q = '?a=1'; fetch(`/api/diagnosis-runs${q}`)", &["GET /api/diagnosis-runs"]),
    ("const q = a ? '?' + a : ''; fetch(`/api/diagnosis-runs${q}`)", &["GET /api/diagnosis-runs"]),
    ("fetch(`/api/diagnosis-runs${suffix}`)", &["GET /api/diagnosis-runs{}"]),
    ("fetch('/api/./diagnosis-runs/../diagnosis-runs')", &["GET /api/diagnosis-runs"]),
    ("fetch('/api\\\\diagnosis-runs')", &["GET /api/diagnosis-runs"]),
    ("fetch(' /api/diagnosis-runs ')", &["GET /api/diagnosis-runs"]),
    ("fetch('/api/diagnosis\\x2druns')", &["GET /api/diagnosis-runs"]),
    ("fetch('/api/diagnosis-\\\nruns')", &["GET /api/diagnosis-runs"]),
    ("fetch('/api/diagnosis-runs-archive')", &["GET /api/diagnosis-runs-archive"]),
    ("const url = '/api/diagnosis-runs'; fetch(url)", &[]),
    ("fetch('/api' + '/diagnosis-runs')", &[]),
    ("fetch('/api/'.concat('diagnosis-runs'))", &[]),
    ("fetch(new URL('/api/diagnosis-runs', base))", &[]),
    ("fetch(ok ? '/api/diagnosis-runs' : '/b')", &[]),
    ("fetch(path ?? '/api/diagnosis-runs')", &[]),
    ("fetch(...['/api/diagnosis-runs'])", &[]),
    ("fetch(String.raw`/api/diagnosis-runs`)", &[]),
    ("fetch(['/api/diagnosis-runs'])", &[]),
    ("fetch({ url: '/api/diagnosis-runs' })", &[]),
    ("fetch(x, '/api/diagnosis-runs')", &[]),
    ("fetch(`${base}${'/api/diagnosis-runs'}`)", &[]),
    ("fetch('api/diagnosis-runs')", &[]),
    ("fetch() || '/api/diagnosis-runs'", &[]),
];

/// The options of a call, declared before it as `before`, and its methods.
const METHODS: &[(&str, &str, &str)] = &[
    ("", "{ method: 'POST' }", "POST"),
    ("", "{ method: \"POST\" }", "POST"),
    ("", "{ method: `POST` }", "POST"),
    ("", "{ 'method': 'POST' }", "POST"),
    ("", "{ ['method']: 'POST' }", "POST"),
    ("const m = 'method'", "{ [m]: 'POST' }", "POST"),
    ("", "{ method: 'POST' as const }", "POST"),
    ("", "{ method: ('POST') }", "POST"),
    ("", "({ method: 'POST' } as RequestInit)", "POST"),
    ("", "{ method: 'POST' } satisfies RequestInit", "POST"),
    ("", "{ method: 'post' }", "POST"),
    ("", "{ method: 'Delete' }", "DELETE"),
    ("", "{ method: 'patch' }", "patch"),
    ("", "{ method: 'PATCH' }", "PATCH"),
    ("", "{ method: 'GET' }", "GET"),
    ("", "{}", "GET"),
    ("", "undefined", "GET"),
    ("", "{ headers: { method: 'POST' } }", "GET"),
    ("", "{ body: JSON.stringify({ method: 'POST' }) }", "GET"),
    ("", "{ Method: 'POST' }", "GET"),
    ("", "{ method: undefined }", "GET"),
    ("", "{ /* method: 'POST' */ }", "GET"),
    ("const METHOD = 'POST'", "{ method: METHOD }", "POST"),
    ("const method = 'POST'", "{ method }", "POST"),
    ("let method = 'POST'", "{ method }", "POST"),
    ("const M = { create: 'POST' } as const", "{ method: M.create }", "POST"),
    ("enum M { Create = 'POST' }", "{ method: M.Create }", "POST"),
    ("const o = { method: 'POST' }", "o", "POST"),
    ("const o: RequestInit = { method: 'POST' }", "o", "POST"),
    ("let o = { method: 'POST' }", "o", "POST"),
    ("const o = Object.freeze({ method: 'POST' })", "o", "POST"),
    ("const o = {}; o.method = 'POST'", "o", "POST"),
    ("const p = { method: 'POST' }", "{ ...p, body }", "POST"),
    ("const p = { method: 'POST' }", "{ method: 'GET', ...p }", "POST"),
    ("const p = { method: 'POST' }", "{ ...p, method: 'PUT' }", "PUT"),
    ("const p = { headers: {} }", "{ method: 'PUT', ...p }", "PUT"),
    ("", "{ method: 'GET', method: 'POST' }", "POST"),
    ("", "{ method: 'POST', ...init }", "POST"),
    ("", "{ ...init, method: 'POST' }", "POST"),
    ("", "{ ...init }", "?"),
    ("", "init", "?"),
    ("", "{ method }", "?"),
    ("", "{ method: init.method }", "?"),
    ("", "{ method: isNew ? 'POST' : 'PUT' }", "POST PUT"),
    ("", "isNew ? { method: 'POST' } : { method: 'PUT' }", "POST PUT"),
    ("", "{ method: 'PO' + 'ST' }", "POST"),
    ("const f = () => ({ method: 'POST' })", "f()", "POST"),
    ("const f = (method) => ({ method })", "f('POST')", "?"),
    ("import { o } from './o'", "o", "?"),
    ("", "...rest", "?"),
    ("", "{ get method() { return 'POST' } }", "POST"),
    ("let o = { method: 'POST' }; o = { method: 'PUT' }", "o", "PUT"),
    ("let o = { method: 'POST' }; if (a) o = { method: 'PUT' }", "o", "PUT POST"),
    ("const o = {}; change(o)", "o", "?"),
];

#[test]
fn calls_of_fetch_with_a_literal_url_are_callsites() {
    assert_all(CALLS.iter().map(|(source, expected)| {
        let callsites = indexed(&[("lib/client.ts", source)]).callsites();
        let expected = expected.iter().map(ToString::to_string).collect();
        ((*source).to_owned(), callsites, expected)
    }));
}

#[test]
fn the_method_is_that_of_the_options() {
    assert_all(METHODS.iter().map(|(before, options, expected)| {
        let source = format!(
            "{before};
fetch('/api/diagnosis-runs', {options})"
        );
        let methods: Vec<_> = indexed(&[("lib/client.ts", &source)])
            .callsites()
            .iter()
            .filter_map(|call| Some(call.split_once(' ')?.0.to_owned()))
            .collect();
        (source, methods.join(" "), (*expected).to_owned())
    }));
}

#[test]
fn jsx_is_code_only_between_braces() {
    let source = "export const A = () => <p title=\"fetch('/api/diagnosis-runs')\">\
        fetch('/api/diagnosis-runs') {/* fetch('/api/diagnosis-runs') */}\
        <button onClick={() => fetch('/api/diagnosis-runs', { method: 'POST' })} /></p>";
    for path in ["a.tsx", "a.jsx", "a.js", "a.mjs"] {
        assert_eq!(indexed(&[(path, source)]).callsites(), ["POST /api/diagnosis-runs"], "{path}");
    }
}

#[test]
fn every_ending_is_read() {
    for ending in ["ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs"] {
        let path = format!("lib/client.{ending}");
        let indexed = indexed(&[(&path, "fetch('/api/diagnosis-runs')")]);
        assert_eq!(indexed.callsites().len(), 1, "{path}");
    }
    for path in ["lib/client.d.ts", "lib/client.json", "lib/client.rs", "README.md"] {
        let indexed = indexed(&[(path, "fetch('/api/diagnosis-runs')")]);
        assert_eq!(indexed.callsites().len(), 0, "{path}");
    }
}

#[test]
fn a_byte_order_mark_moves_nothing() {
    let indexed = indexed(&[("a.ts", "\u{feff}fetch('/api/diagnosis-runs')\r\n")]);
    let span = indexed.index.callsites[0].span;
    assert_eq!(indexed.map.text(span), "fetch('/api/diagnosis-runs')");
}
