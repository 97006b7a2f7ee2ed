use super::{WithOthers, assert_all, indexed};

/// Makes a module one that declares codes, so that it is read.
const CODES: &str = "export const CODES = { RUN_NOT_FOUND: 'RUN_NOT_FOUND', \
    LLM_ERROR: 'LLM_ERROR' } as const\n";

/// What follows the codes in a module, and what that emits, `CODE@expression`.
const EMISSIONS: &[(&str, &[&str])] = &[
    // Code fields.
    ("a({ errorCode: 'X' })", &["X@'X'"]),
    ("a({ 'errorCode': 'X' })", &["X@'X'"]),
    ("a({ ['errorCode']: 'X' })", &["X@'X'"]),
    ("const F = 'errorCode'; a({ [F]: 'X' })", &["X@'X'"]),
    ("a({ errorCode: `X` })", &["X@`X`"]),
    ("a({ errorCode: '' })", &["@''"]),
    ("a({ error_code: 'X' })", &["X@'X'"]),
    ("r.errorCode = 'X'", &["X@'X'"]),
    ("r['errorCode'] = 'X'", &["X@'X'"]),
    ("(r as any).errorCode = 'X'", &["X@'X'"]),
    ("r!.errorCode ??= 'X'", &["X@'X'"]),
    ("r.errorCode ||= 'X'", &["X@'X'"]),
    ("class A { errorCode = 'X' }", &["X@'X'"]),
    ("class A { static errorCode = 'X' }", &["X@'X'"]),
    ("class A { #errorCode = 'X' }", &["X@'X'"]),
    ("class A { constructor() { this.errorCode = 'X' } }", &["X@'X'"]),
    ("class A { get errorCode() { return 'X' } }", &["X@get errorCode() { return 'X' }"]),
    ("a({ get errorCode() { return 'X' } })", &["X@get errorCode() { return 'X' }"]),
    ("class E { constructor(public errorCode: string) {} } throw new E('X')", &["X@'X'"]),
    ("class E { constructor(readonly errorCode = 'X') {} }", &["X@readonly errorCode = 'X'"]),
    (
        "class E { constructor(c) { this.errorCode = c } } class F extends E { constructor() { super('X') } }",
        &["X@'X'"],
    ),
    (
        "class E { constructor(c) { this.errorCode = c } } class F extends E {} throw new F('X')",
        &["X@'X'"],
    ),
    ("a({ errorCode() { return 'X' } })", &[]),
    ("a({ code: 'X' })", &[]),
    ("a({ errorcode: 'X' })", &[]),
    // Along values.
    ("a({ errorCode: CODES.LLM_ERROR })", &["LLM_ERROR@CODES.LLM_ERROR"]),
    ("a({ errorCode: CODES['LLM_ERROR'] })", &["LLM_ERROR@CODES['LLM_ERROR']"]),
    ("a({ errorCode: CODES?.LLM_ERROR })", &["LLM_ERROR@CODES?.LLM_ERROR"]),
    ("a({ errorCode: (CODES as any).LLM_ERROR! })", &["LLM_ERROR@(CODES as any).LLM_ERROR"]),
    ("const K = 'LLM_ERROR'; a({ errorCode: CODES[K] })", &["LLM_ERROR@CODES[K]"]),
    ("a({ errorCode: CODES[key] })", &["RUN_NOT_FOUND@CODES[key]", "LLM_ERROR@CODES[key]"]),
    ("enum E { A = 'X' } a({ errorCode: E.A })", &["X@E.A"]),
    ("const enum E { A = 'X', B = A } a({ errorCode: E.B })", &["X@E.B"]),
    ("class K { static A = 'X' } a({ errorCode: K.A })", &["X@K.A"]),
    ("class K { code = 'X'; f() { return { errorCode: this.code } } }", &["X@this.code"]),
    ("const N = { deep: { er: 'X' } }; a({ errorCode: N.deep.er })", &["X@N.deep.er"]),
    ("const T = ['X', 'Y']; a({ errorCode: T[1] })", &["Y@T[1]"]),
    ("const c = 'X'; a({ errorCode: c })", &["X@c"]),
    ("const errorCode = 'X'; a({ errorCode })", &["X@errorCode"]),
    ("const c = 'X', d = c; a({ errorCode: d })", &["X@d"]),
    ("let c = 'X'; c = 'Y'; a({ errorCode: c })", &["Y@c"]),
    ("let c = 'X'; if (b) c = 'Y'; a({ errorCode: c })", &["Y@c", "X@c"]),
    ("a({ errorCode: CODES.NOPE })", &["NOPE@CODES.NOPE"]),
    ("a({ errorCode: CODES.NOPE ?? 'X' })", &["X@'X'"]),
    ("[r.errorCode] = ['X']", &["X@r.errorCode"]),
    ("namespace N { export const A = 'X' } a({ errorCode: N.A })", &["X@N.A"]),
    ("let c; if (b) { c = 'X' } else { c = 'Y' } a({ errorCode: c })", &["X@c", "Y@c"]),
    ("let c: string | undefined; c ??= 'X'; a({ errorCode: c })", &["X@c"]),
    ("a({ errorCode: b ? 'X' : CODES.LLM_ERROR })", &["X@'X'", "LLM_ERROR@CODES.LLM_ERROR"]),
    ("a({ errorCode: b ? (c ? 'X' : 'Y') : 'Z' })", &["X@'X'", "Y@'Y'", "Z@'Z'"]),
    ("a({ errorCode: r.errorCode || 'X' })", &["X@'X'"]),
    ("a({ errorCode: r.errorCode ?? 'X' })", &["X@'X'"]),
    ("a({ errorCode: b && 'X' })", &["X@'X'"]),
    ("a({ errorCode: CODES.LLM_ERROR || 'X' })", &["LLM_ERROR@CODES.LLM_ERROR"]),
    ("a({ errorCode: (log(), 'X') })", &["X@'X'"]),
    ("a({ errorCode: 'X' + '_' + 'Y' })", &["X_Y@'X' + '_' + 'Y'"]),
    ("const P = 'X'; a({ errorCode: `${P}_Y` })", &["X_Y@`${P}_Y`"]),
    ("a({ errorCode: ['X', 'Y'].join('_') })", &["X_Y@['X', 'Y'].join('_')"]),
    ("a({ errorCode: 'x'.toUpperCase() })", &["X@'x'.toUpperCase()"]),
    ("a({ errorCode: 'X'.concat('Y') })", &["XY@'X'.concat('Y')"]),
    ("a({ errorCode: String('X') })", &["X@String('X')"]),
    ("a({ errorCode: String.raw`X` })", &["X@String.raw`X`"]),
    ("a({ errorCode: `ERR_${n}` })", &["ERR_…@`ERR_${n}`"]),
    ("a({ errorCode: 'ERR_' + r.status })", &["ERR_…@'ERR_' + r.status"]),
    ("a({ errorCode: `${n}_X_${n}_Y` })", &["…_Y@`${n}_X_${n}_Y`"]),
    ("a({ errorCode: `${n}${n}` })", &["?@`${n}${n}`"]),
    ("a({ errorCode: <T>'X' })", &["X@'X'"]),
    ("const { LLM_ERROR } = CODES; a({ errorCode: LLM_ERROR })", &["LLM_ERROR@LLM_ERROR"]),
    ("const { LLM_ERROR: l } = CODES; a({ errorCode: l })", &["LLM_ERROR@l"]),
    ("const { ...rest } = CODES; a({ errorCode: rest.LLM_ERROR })", &["LLM_ERROR@rest.LLM_ERROR"]),
    ("const [c] = ['X']; a({ errorCode: c })", &["X@c"]),
    ("const { errorCode = 'X' } = r; a({ errorCode })", &["X@errorCode"]),
    ("for (const c of ['X', 'Y']) a({ errorCode: c })", &["X@c", "Y@c"]),
    ("const d = { errorCode: 'X' }; a({ ...d })", &["X@'X'"]),
    ("const M = { ...CODES, MORE: 'X' }; a({ errorCode: M.MORE })", &["X@M.MORE"]),
    ("const M: any = {}; M.c = 'X'; a({ errorCode: M.c })", &["X@M.c"]),
    // Functions of the module.
    ("const fail = (code) => ({ errorCode: code }); fail('X')", &["X@'X'"]),
    ("function fail(m, c = 'Y') { return { errorCode: c } } fail('m', 'X')", &["Y@c", "X@'X'"]),
    ("const fail = ({ code }) => ({ errorCode: code }); fail({ code: 'X' })", &["X@'X'"]),
    (
        "const fail = (o) => ({ errorCode: o.code }); fail({ code: b ? 'X' : 'Y' })",
        &["X@'X'", "Y@'Y'"],
    ),
    ("const fail = (c) => ({ errorCode: c }), g = (d) => fail(d); g('X')", &["X@'X'"]),
    ("const h = { fail(c) { return { errorCode: c } } }; h.fail('X')", &["X@'X'"]),
    ("class S { fail(c) { return { errorCode: c } } run() { return this.fail('X') } }", &["X@'X'"]),
    ("const fail = (c) => ({ errorCode: c }); fail(...['X'])", &["X@'X'"]),
    ("const fail = (c) => ({ errorCode: c }); fail(r.code)", &[]),
    ("export const fail = (code) => ({ errorCode: code })", &[]),
    (
        "function c(e) { switch (e) { case 1: return 'X'; default: return 'Y' } } a({ errorCode: c(e) })",
        &["X@c(e)", "Y@c(e)"],
    ),
    ("async function c() { return 'X' } a({ errorCode: await c() })", &["X@await c()"]),
    ("const c = () => 'X'; a({ errorCode: c() })", &["X@c()"]),
    ("const id = (v) => v; a({ errorCode: id('X') })", &["X@id('X')"]),
    (
        "a({ errorCode: (() => { if (b) return 'X'; return 'Y' })() })",
        &[
            "X@(() => { if (b) return 'X'; return 'Y' })()",
            "Y@(() => { if (b) return 'X'; return 'Y' })()",
        ],
    ),
    ("function r(n) { return n ? r(n - 1) : 'X' } a({ errorCode: r(9) })", &["X@r(9)"]),
    // Code functions.
    ("addErrorEntry(db, id, 'X', 'message')", &["X@'X'"]),
    ("await addErrorEntry(db, id, CODES.LLM_ERROR, e.message)", &["LLM_ERROR@CODES.LLM_ERROR"]),
    ("this.addErrorEntry('X', 'message')", &["X@'X'"]),
    ("store.addErrorEntry?.(id, 'X')", &["X@'X'"]),
    ("store['addErrorEntry'](id, 'X')", &["X@'X'"]),
    ("addErrorEntry({ run: id, code: 'X' })", &["X@'X'"]),
    ("addErrorEntry(db, id, 'odd code', 'MESSAGE')", &["MESSAGE@'MESSAGE'"]),
    ("addErrorEntry(db, id, 'odd code', 'some message')", &["odd code@'odd code'"]),
    (
        "async function addErrorEntry(db, id, code, message) {} addErrorEntry(db, 'RUN', 'odd code', 'MESSAGE')",
        &["odd code@'odd code'"],
    ),
    ("function addErrorEntry(code, id) {} addErrorEntry('X', 'ID')", &["X@'X'"]),
    (
        "function addErrorEntry(id, kind) { push({ code: kind, id }) } addErrorEntry('ID', 'X')",
        &["X@'X'"],
    ),
    (
        "function addErrorEntry(id, entry) { push({ code: entry.kind }) } addErrorEntry('ID', { kind: 'X' })",
        &["X@'X'"],
    ),
    (
        "function addErrorEntry(id, { code }) {} addErrorEntry('ID', { code: 'X', message: 'M' })",
        &["X@'X'"],
    ),
    ("function addErrorEntry(id, errCode: string) {} addErrorEntry('ID', 'X')", &["X@'X'"]),
    ("class S { addErrorEntry(id, code) {} f() { this.addErrorEntry('ID', 'X') } }", &["X@'X'"]),
    ("const f = (c) => addErrorEntry(db, id, c, 'message'); f('X')", &["X@'X'"]),
    ("import { addErrorEntry as add } from './missing'; add(db, id, 'X', 'm')", &["X@'X'"]),
    ("function addErrorEntry(a, code) {} const add = addErrorEntry; add(1, 'X')", &["X@'X'"]),
    ("addErrorEntry(db, id, b ? 'X' : 'Y', 'm')", &["X@'X'", "Y@'Y'"]),
    ("addErrorEntries(db, id, 'X', 'm')", &[]),
    ("addErrorEntry(db, id, code, 'm')", &[]),
    // What is forwarded, read, typed or told emits nothing.
    ("a({ errorCode: r.errorCode })", &[]),
    ("a({ errorCode: e?.code })", &[]),
    ("a({ errorCode: body.error.code.toString() })", &[]),
    ("a({ errorCode: `${r.errorCode}` })", &[]),
    ("const { errorCode } = r; a({ errorCode })", &[]),
    ("const { errorCode: c } = r; a({ errorCode: c })", &[]),
    (
        "const r = f(); function f() { return { errorCode: 'X' } } a({ errorCode: r.errorCode })",
        &["X@'X'"],
    ),
    ("const d = { errorCode: 'X' }; const { errorCode } = d; a({ errorCode })", &["X@'X'"]),
    ("a({ errorCode: undefined })", &[]),
    ("a({ errorCode: null })", &[]),
    ("a({ errorCode: 42 })", &[]),
    ("a({ errorCode: z.string().optional() })", &[]),
    ("a({ errorCode: { type: 'string' } })", &[]),
    ("a({ errorCode: mapError(e) })", &[]),
    ("if (r.errorCode === 'X') {}", &[]),
    ("switch (r.errorCode) { case 'X': break }", &[]),
    ("const x = 'X'; log('errorCode: X', { code: x })", &[]),
    ("interface R { errorCode: 'X' }", &[]),
    ("type R = { errorCode?: 'X' }", &[]),
    ("const r: { errorCode: 'X' } = s", &[]),
    ("function f(r: { errorCode: 'X' }): { errorCode: 'Y' } { return r }", &[]),
    ("declare class A { errorCode: 'X' }", &[]),
    ("class A { errorCode: 'X' }", &[]),
    ("abstract class A { abstract errorCode: 'X' }", &[]),
    ("// a({ errorCode: 'X' })", &[]),
    ("/** errorCode: 'X' */", &[]),
    ("a(\"{ errorCode: 'X' }\")", &[]),
    ("a(`{ errorCode: 'X' }`)", &[]),
    ("function f({ errorCode }) { return errorCode }", &[]),
    ("({ errorCode: x } = r)", &[]),
];

#[test]
fn codes_are_emitted_by_fields_and_functions() {
    assert_all(EMISSIONS.iter().map(|(source, expected)| {
        let text = format!("{CODES}{source}");
        let emissions = indexed(&[("lib/worker.ts", &text)]).emissions("lib/worker.ts");
        let expected = expected.iter().map(ToString::to_string).collect();
        ((*source).to_owned(), emissions, expected)
    }));
}

const ROUTE: &str = "app/api/diagnosis-runs/route.ts";

/// A route, the modules beside it, and what the route emits.
const IMPORTS: &[WithOthers<&[&str]>] = &[
    (
        "import { X } from './codes'; a({ errorCode: X })",
        &[("codes.ts", "export const X = 'X'")],
        &["X@X"],
    ),
    (
        "import { X as Y } from './codes'; a({ errorCode: Y })",
        &[("codes.ts", "export const X = 'X'")],
        &["X@Y"],
    ),
    (
        "import X from './codes'; a({ errorCode: X })",
        &[("codes.ts", "export default 'X'")],
        &["X@X"],
    ),
    (
        "import * as c from './codes'; a({ errorCode: c.X })",
        &[("codes.ts", "export const X = 'X'")],
        &["X@c.X"],
    ),
    (
        "import { X } from './codes'; a({ errorCode: X })",
        &[("codes.ts", "export { Y as X } from './more'"), ("more.ts", "export const Y = 'Y'")],
        &["Y@X"],
    ),
    (
        "import { X } from './codes'; a({ errorCode: X })",
        &[("codes.ts", "export * from './more'"), ("more.ts", "export const X = 'X'")],
        &["X@X"],
    ),
    (
        "import { m } from './codes'; a({ errorCode: m.X })",
        &[("codes.ts", "export * as m from './more'"), ("more.ts", "export const X = 'X'")],
        &["X@m.X"],
    ),
    (
        "const { X } = require('./codes'); a({ errorCode: X })",
        &[("codes.js", "exports.X = 'X'")],
        &["X@X"],
    ),
    (
        "import { P } from './codes'; const X = P; a({ errorCode: X })",
        &[("codes.ts", "export const P = 'X'")],
        &["X@X"],
    ),
    (
        "import { code } from './codes'; a({ errorCode: code(e) })",
        &[("codes.ts", "export const code = (e) => e ? 'X' : 'Y'")],
        &["X@code(e)", "Y@code(e)"],
    ),
    (
        "import { C } from './codes'; a({ errorCode: C.X })",
        &[("codes.ts", "export const C = { X: 'X' }")],
        &[],
    ),
    (
        "import { C } from './codes'; a({ errorCode: C.X })",
        &[("codes.ts", "export enum C { X = 'X' }")],
        &[],
    ),
    (
        "import { X } from './codes'; a({ errorCode: X })",
        &[("codes.ts", "const C = { X: 'X' }; export const { X } = C")],
        &[],
    ),
    (
        "import { run } from './codes'; const r = await run(); a({ errorCode: r.errorCode })",
        &[("codes.ts", "export async function run() { return { errorCode: 'X' } }")],
        &[],
    ),
    (
        "import { run } from './codes'; const r = await run(); a({ errorCode: r.code })",
        &[("codes.ts", "export async function run() { return { code: 'X' } }")],
        &[],
    ),
    ("import { X } from './missing'; a({ errorCode: X })", &[], &[]),
    ("import { X } from 'package'; a({ errorCode: X })", &[], &[]),
    (
        "import { addErrorEntry } from './codes'; addErrorEntry('ID', 'X')",
        &[("codes.ts", "export function addErrorEntry(id, code) {}")],
        &["X@'X'"],
    ),
    (
        "import { addErrorEntry } from './codes'; addErrorEntry('ID', { code: 'X' })",
        &[("codes.ts", "export function addErrorEntry(id, { code }) {}")],
        &["X@'X'"],
    ),
    (
        "import { addErrorEntry as add } from './codes'; add('X', 'ID')",
        &[("codes.ts", "export const addErrorEntry = (kind, id) => ({ code: kind, id })")],
        &["X@'X'"],
    ),
];

#[test]
fn imports_are_followed_unless_the_other_module_declares_the_codes() {
    assert_all(IMPORTS.iter().map(|(source, others, expected)| {
        let others: Vec<(String, &str)> = others
            .iter()
            .map(|(name, text)| (format!("app/api/diagnosis-runs/{name}"), *text))
            .collect();
        let files: Vec<(&str, &str)> = std::iter::once((ROUTE, *source))
            .chain(others.iter().map(|(path, text)| (path.as_str(), *text)))
            .collect();
        let expected = expected.iter().map(ToString::to_string).collect();
        (format!("{source} with {others:?}"), indexed(&files).emissions(ROUTE), expected)
    }));
}
