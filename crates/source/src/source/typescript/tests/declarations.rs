use super::{assert_all, indexed};

const ALL: &str = "RUN_NOT_FOUND=RUN_NOT_FOUND,LLM_ERROR=LLM_ERROR";

/// A declaration, and what it declares.
const DECLARATIONS: &[(&str, &str)] = &[
    ("export const C = { RUN_NOT_FOUND: 'RUN_NOT_FOUND', LLM_ERROR: 'LLM_ERROR' } as const", ALL),
    ("const C = { RUN_NOT_FOUND: 'RUN_NOT_FOUND', LLM_ERROR: 'LLM_ERROR' }", ALL),
    ("const C = { 'RUN_NOT_FOUND': \"RUN_NOT_FOUND\", [`LLM_ERROR`]: `LLM_ERROR` }", ALL),
    ("const C = { RUN_NOT_FOUND: 'RUN_NOT_FOUND', LLM_ERROR: 'LLM_ERROR' } satisfies R", ALL),
    (
        "const C = { RUN_NOT_FOUND: 'RUN_NOT_FOUND', LLM_ERROR: 'LLM_ERROR' } as const satisfies R",
        ALL,
    ),
    ("const C = Object.freeze({ RUN_NOT_FOUND: 'RUN_NOT_FOUND', LLM_ERROR: 'LLM_ERROR' })", ALL),
    (
        "const C = Object.freeze({ RUN_NOT_FOUND: 'RUN_NOT_FOUND', LLM_ERROR: 'LLM_ERROR' } as const)",
        ALL,
    ),
    ("const C = (<const>{ RUN_NOT_FOUND: 'RUN_NOT_FOUND', LLM_ERROR: 'LLM_ERROR' })", ALL),
    ("export enum C { RUN_NOT_FOUND = 'RUN_NOT_FOUND', LLM_ERROR = 'LLM_ERROR' }", ALL),
    ("const enum C { RUN_NOT_FOUND = 'RUN_NOT_FOUND', 'LLM_ERROR' = `LLM_ERROR` }", ALL),
    (
        "class C { static readonly RUN_NOT_FOUND = 'RUN_NOT_FOUND'; static LLM_ERROR = 'LLM_ERROR' }",
        ALL,
    ),
    (
        "const RUN_NOT_FOUND = 'RUN_NOT_FOUND', LLM_ERROR = 'LLM_ERROR'; const C = { RUN_NOT_FOUND, LLM_ERROR }",
        ALL,
    ),
    ("const L = 'LLM_ERROR'; const C = { RUN_NOT_FOUND: 'RUN_NOT_FOUND', [L]: L }", ALL),
    ("const C = { RUN_NOT_FOUND: 'RUN_' + 'NOT_FOUND', LLM_ERROR: `LLM_${'ERROR'}` }", ALL),
    (
        "const C = { RUN_NOT_FOUND: 'X', RUN_NOT_FOUND: 'RUN_NOT_FOUND', LLM_ERROR: 'LLM_ERROR' }",
        ALL,
    ),
    ("const C = { RUN_NOT_FOUND: 'RUN_NOT_FOUND' }; C.LLM_ERROR = 'LLM_ERROR'", ALL),
    ("const C = { RUN_NOT_FOUND: 'RUN_NOT_FOUND' }; (C as any).LLM_ERROR = 'LLM_ERROR'", ALL),
    ("const C = { RUN_NOT_FOUND: 'RUN_NOT_FOUND' } as const; C['LLM_ERROR'] = 'LLM_ERROR'", ALL),
    ("exports.C = { RUN_NOT_FOUND: 'RUN_NOT_FOUND', LLM_ERROR: 'LLM_ERROR' }", ALL),
    ("export default { RUN_NOT_FOUND: 'RUN_NOT_FOUND', LLM_ERROR: 'LLM_ERROR' } as const", ALL),
    (
        "const C = { RUN_NOT_FOUND: 'RUN_NOT_FOUND', LLM_ERROR: 'LLM' }",
        "RUN_NOT_FOUND=RUN_NOT_FOUND,LLM_ERROR=LLM",
    ),
    (
        "const C = { RUN_NOT_FOUND: 'run_not_found', LLM_ERROR: 'llm_error' }",
        "RUN_NOT_FOUND=run_not_found,LLM_ERROR=llm_error",
    ),
    (
        "const C = { RunNotFound: 'RUN_NOT_FOUND', LlmError: 'LLM_ERROR' }",
        "RunNotFound=RUN_NOT_FOUND,LlmError=LLM_ERROR",
    ),
    (
        "const C = { RUN_NOT_FOUND: 'RUN_NOT_FOUND', LLM_ERROR: load() }",
        "RUN_NOT_FOUND=RUN_NOT_FOUND,LLM_ERROR=",
    ),
    ("const C = { RUN_NOT_FOUND: 'RUN_NOT_FOUND', LLM_ERROR: '' }", ""),
    (
        "const C = { RUN_NOT_FOUND: 'RUN_NOT_FOUND', LLM_ERROR: 'LLM_ERROR', [key]: 'MORE' }",
        "RUN_NOT_FOUND=RUN_NOT_FOUND,LLM_ERROR=LLM_ERROR,[key]=MORE",
    ),
    // What declares nothing.
    ("const C = { RUN_NOT_FOUND: 404, LLM_ERROR: 502 }", ""),
    ("const C = { RUN_NOT_FOUND: 'The run was not found', LLM_ERROR: 'The model failed' }", ""),
    ("const C = ['RUN_NOT_FOUND', 'LLM_ERROR']", ""),
    ("type C = 'RUN_NOT_FOUND' | 'LLM_ERROR'", ""),
    ("interface C { RUN_NOT_FOUND: 'RUN_NOT_FOUND', LLM_ERROR: 'LLM_ERROR' }", ""),
    (
        "declare enum C { RUN_NOT_FOUND = 'RUN_NOT_FOUND', LLM_ERROR = 'LLM_ERROR' }",
        "RUN_NOT_FOUND=RUN_NOT_FOUND,LLM_ERROR=LLM_ERROR",
    ),
    (
        "enum C { RUN_NOT_FOUND = 'RUN_NOT_FOUND' } enum C { LLM_ERROR = 'LLM_ERROR' }",
        "RUN_NOT_FOUND=RUN_NOT_FOUND,LLM_ERROR=LLM_ERROR",
    ),
    (
        "namespace C { export const RUN_NOT_FOUND = 'RUN_NOT_FOUND'; const LLM_ERROR = 'LLM_ERROR' }",
        "RUN_NOT_FOUND=RUN_NOT_FOUND",
    ),
    ("// const C = { RUN_NOT_FOUND: 'RUN_NOT_FOUND', LLM_ERROR: 'LLM_ERROR' }", ""),
    ("const C = \"{ RUN_NOT_FOUND: 'RUN_NOT_FOUND', LLM_ERROR: 'LLM_ERROR' }\"", ""),
    ("const C = { TIMEOUT: 'TIMEOUT' }; const a = ['RUN_NOT_FOUND', 'LLM_ERROR']", ""),
];

#[test]
fn objects_enums_and_classes_of_constants_are_declarations() {
    assert_all(DECLARATIONS.iter().map(|(source, expected)| {
        let codes: Vec<_> = indexed(&[("lib/codes.ts", source)])
            .declarations()
            .iter()
            .filter_map(|found| Some(found.split_once('{')?.1.strip_suffix('}')?.to_owned()))
            .collect();
        ((*source).to_owned(), codes.join(" and "), (*expected).to_owned())
    }));
}

#[test]
fn a_spread_declares_what_it_spreads() {
    let local = "const A = { RUN_NOT_FOUND: 'RUN_NOT_FOUND' }; \
        const C = { ...A, LLM_ERROR: 'LLM_ERROR' }";
    assert!(indexed(&[("a.ts", local)]).declarations().contains(&format!("C{{{ALL}}}")));

    let imported = "import { A } from './more'; \
        const C = { ...A, LLM_ERROR: 'LLM_ERROR' }; // RUN_NOT_FOUND";
    let more = "export const A = { RUN_NOT_FOUND: 'RUN_NOT_FOUND' }";
    let declarations = indexed(&[("a.ts", imported), ("more.ts", more)]).declarations();
    assert!(declarations.contains(&format!("C{{{ALL}}}")), "{declarations:?}");
}

#[test]
fn values_of_other_modules_are_followed() {
    let source = "import { L } from './values'; \
        export const C = { RUN_NOT_FOUND: 'RUN_NOT_FOUND', LLM_ERROR: L }";
    let values = "export { LLM as L } from './deep'";
    let deep = "export const LLM = 'LLM_ERROR'";
    let files = [("a.ts", source), ("values.ts", values), ("deep.ts", deep)];
    assert_eq!(indexed(&files).declarations(), [format!("C{{{ALL}}}")]);
}

#[test]
fn a_declaration_has_the_name_of_what_holds_it() {
    let object = "{ RUN_NOT_FOUND: 'RUN_NOT_FOUND', LLM_ERROR: 'LLM_ERROR' }";
    for (source, name) in [
        (format!("const CODES = Object.freeze({object} as const)"), "CODES"),
        (format!("export default {object}"), "default"),
        (format!("module.exports.CODES = {object}"), "module.exports.CODES"),
        (format!("const a = {{ errors: {object} }}"), "errors"),
        (format!("class A {{ static codes = {object} }}"), "codes"),
    ] {
        let declarations = indexed(&[("a.ts", &source)]).declarations();
        assert!(declarations.contains(&format!("{name}{{{ALL}}}")), "{source}: {declarations:?}");
    }
}
