use super::{assert_all, indexed};

/// Files, of which the first lies at `server/app.ts`, and what is found: endpoints, then gaps.
type Case = (&'static str, &'static [(&'static str, &'static str)], &'static str);

fn found(source: &str, others: &[(&str, &str)]) -> String {
    let mut files = vec![("server/app.ts", source)];
    files.extend(others.iter().copied());
    let indexed = indexed(&files);
    [indexed.endpoints(), indexed.gaps()].concat().join(" ")
}

fn check(cases: &[Case]) {
    assert_all(cases.iter().map(|(source, others, expected)| {
        (format!("{source} {others:?}"), found(source, others), (*expected).to_owned())
    }));
}

const GET: &str = "GET /api/diagnosis-runs";
const DOUBT: &str = "server/app.ts: e";

const HONO: &[Case] = &[
    (
        "import { Hono } from 'hono'; const app = new Hono(); app.get('/api/diagnosis-runs', h)",
        &[],
        GET,
    ),
    (
        "import { Hono } from 'npm:hono@4'; const app = new Hono(); app.get('/api/diagnosis-runs', h)",
        &[],
        GET,
    ),
    (
        "import { Hono } from 'https://deno.land/x/hono@v4.0.0/mod.ts'; new Hono().get('/api/diagnosis-runs', h)",
        &[],
        GET,
    ),
    (
        "import { Hono } from './hono'; const app = new Hono(); app.get('/api/diagnosis-runs', h)",
        &[],
        "",
    ),
    ("const app = new Hono(); app.get('/api/diagnosis-runs', h)", &[], ""),
    (
        "import { Hono as H } from 'hono'; export default new H().get('/api/diagnosis-runs/:id', h).post('/api/diagnosis-runs', h)",
        &[],
        "GET /api/diagnosis-runs/[] POST /api/diagnosis-runs",
    ),
    (
        "import { Hono } from 'hono'; const app = new Hono().basePath('/api'); app.all('/diagnosis-runs', h)",
        &[],
        "ANY /api/diagnosis-runs",
    ),
    (
        "import { Hono } from 'hono'; const app = new Hono(); const api = app.basePath('/api'); api.get('/diagnosis-runs', h)",
        &[],
        GET,
    ),
    (
        "import { Hono } from 'hono'; const app = new Hono().basePath(process.env.BASE); app.get('/diagnosis-runs', h)",
        &[],
        DOUBT,
    ),
    (
        "import { Hono } from 'hono'; const app = new Hono(); app.on(['PUT', 'DELETE'], '/api/diagnosis-runs', h)",
        &[],
        "DELETE /api/diagnosis-runs PUT /api/diagnosis-runs",
    ),
    (
        "import { Hono } from 'hono'; const app = new Hono(); app.on('GET', ['/api/diagnosis-runs', '/api/diagnosis-runs/all'], h)",
        &[],
        "GET /api/diagnosis-runs GET /api/diagnosis-runs/all",
    ),
    (
        "import { Hono } from 'hono'; const app = new Hono(); app.get('/api/diagnosis-runs', (c) => c.text('')).post((c) => c.text(''))",
        &[],
        "GET /api/diagnosis-runs POST /api/diagnosis-runs",
    ),
    (
        "import { Hono } from 'hono'; const app = new Hono(); app.use('/api/diagnosis-runs/*', auth)",
        &[],
        "",
    ),
    (
        "import { Hono } from 'hono'; const runs = new Hono(); runs.get('/', h); const app = new Hono(); app.route('/api/diagnosis-runs', runs)",
        &[],
        GET,
    ),
    (
        "import { Hono } from 'hono'; import runs from './runs'; const app = new Hono(); app.route('/api/diagnosis-runs', runs)",
        &[(
            "server/runs.ts",
            "import { Hono } from 'hono'; const runs = new Hono().get('/:id', h); export default runs",
        )],
        "GET /api/diagnosis-runs/[]",
    ),
    (
        "import { Hono } from 'hono'; import { runs } from './routers'; new Hono().route('/api', runs)",
        &[
            ("server/routers/index.ts", "export { runs } from './runs'"),
            (
                "server/routers/runs.ts",
                "import { Hono } from 'hono'; export const runs = new Hono(); runs.get('/diagnosis-runs', h)",
            ),
        ],
        GET,
    ),
    (
        "import { Hono } from 'hono'; import { make } from './runs'; new Hono().route('/api', make())",
        &[(
            "server/runs.ts",
            "import { Hono } from 'hono'; export function make() { const runs = new Hono(); runs.get('/diagnosis-runs', h); return runs }",
        )],
        GET,
    ),
    (
        "import { Hono } from 'hono'; import { runs } from './runs'; new Hono().route(process.env.BASE, runs)",
        &[(
            "server/runs.ts",
            "import { Hono } from 'hono'; export const runs = new Hono().get('/', h)",
        )],
        DOUBT,
    ),
    (
        "import { Hono } from 'hono'; import { BASE } from './paths'; new Hono().route(BASE, new Hono().get('/', h))",
        &[("server/paths.ts", "export const BASE = '/api/diagnosis-runs'")],
        GET,
    ),
    (
        "import { Hono } from 'hono'; import { runs } from './missing'; new Hono().route('/api', runs)",
        &[],
        DOUBT,
    ),
    (
        "import { Hono } from 'hono'; import { runs } from './missing'; new Hono().route('/other', runs)",
        &[],
        "",
    ),
    (
        "import { Hono } from 'hono'; import { runs } from '@acme/runs'; new Hono().route('/api', runs)",
        &[],
        "",
    ),
    ("import { Hono } from 'hono'; const app = new Hono(); app.get(path(), h)", &[], DOUBT),
    ("import { Hono } from 'hono'; const app = new Hono(); app.get(`/other/${x}`, h)", &[], ""),
    (
        "import { Hono } from 'hono'; export const app = new Hono()",
        &[("server/runs.ts", "import { app } from './app'; app.get('/api/diagnosis-runs', h)")],
        GET,
    ),
    (
        "import { OpenAPIHono, createRoute } from '@hono/zod-openapi'; const app = new OpenAPIHono(); app.openapi(createRoute({ method: 'get', path: '/api/diagnosis-runs/{id}' }), h)",
        &[],
        "GET /api/diagnosis-runs/[]",
    ),
    (
        "import { OpenAPIHono } from '@hono/zod-openapi'; import { list } from './list'; const app = new OpenAPIHono(); app.openapi(list, h)",
        &[(
            "server/list.ts",
            "import { createRoute } from '@hono/zod-openapi'; export const list = createRoute({ method: 'get', path: '/api/diagnosis-runs' })",
        )],
        GET,
    ),
    (
        "import { Hono } from 'hono'; const params = new Map(); params.get('/api/diagnosis-runs', 1)",
        &[],
        "",
    ),
    (
        "import type { Context } from 'hono'; export const f = (c: Context) => c.get('/api/diagnosis-runs')",
        &[],
        "",
    ),
    (
        "import { Hono } from 'hono'; const app = new Hono(); app.get('/api/diagnosis-runs/', h)",
        &[],
        GET,
    ),
    (
        "import { Hono } from 'hono'; const app = new Hono(); for (const p of ['/a', '/b']) app.get(p, h)",
        &[],
        "",
    ),
    (
        "import { Hono } from 'hono'; const app = new Hono(); const p = x ? '/api/diagnosis-runs' : '/b'; app.get(p, h)",
        &[],
        DOUBT,
    ),
];

#[test]
fn routes_of_hono() {
    check(HONO);
}

const EXPRESS: &[Case] = &[
    (
        "import express from 'express'; import { limit } from './limit'; express().use('/api', limit)",
        &[("server/limit.ts", "import limiter from 'limiter'; export const limit = limiter({})")],
        "",
    ),
    (
        "import express from 'express'; const app = express(); app.get('/api/diagnosis-runs', h)",
        &[],
        GET,
    ),
    (
        "const express = require('express'); const app = express(); app.get('/api/diagnosis-runs', h)",
        &[],
        GET,
    ),
    (
        "import * as express from 'express'; const app = express(); app.get('/api/diagnosis-runs', h)",
        &[],
        GET,
    ),
    (
        "import express from 'express'; const app = express(); app.get('/api/diagnosis-runs')",
        &[],
        "",
    ),
    (
        "import express from 'express'; const app = express(); app.get(['/api/diagnosis-runs', '/api/diagnosis-runs/:id'], h)",
        &[],
        "GET /api/diagnosis-runs GET /api/diagnosis-runs/[]",
    ),
    (
        "import express from 'express'; const app = express(); app.route('/api/diagnosis-runs').get(h).post(h)",
        &[],
        "GET /api/diagnosis-runs POST /api/diagnosis-runs",
    ),
    (
        "import express, { Router } from 'express'; const app = express(); const r = Router(); r.get('/', h); app.use('/api/diagnosis-runs', auth, r)",
        &[],
        GET,
    ),
    (
        "import express from 'express'; const app = express(); const r = express.Router({ mergeParams: true }); r.route('/:id').delete(h); app.use('/api/diagnosis-runs', r)",
        &[],
        "DELETE /api/diagnosis-runs/[]",
    ),
    (
        "import express from 'express'; import runs from './runs'; const app = express(); app.use('/api', runs)",
        &[(
            "server/runs.ts",
            "import { Router } from 'express'; const r = Router(); r.get('/diagnosis-runs', h); export default r",
        )],
        GET,
    ),
    (
        "const express = require('express'); const app = express(); app.use('/api', require('./runs'))",
        &[(
            "server/runs.js",
            "const r = require('express').Router(); r.get('/diagnosis-runs', h); module.exports = r",
        )],
        GET,
    ),
    (
        "const express = require('express'); const app = express(); const { runs } = require('./runs'); app.use('/api', runs)",
        &[(
            "server/runs.js",
            "const r = require('express').Router(); r.get('/diagnosis-runs', h); module.exports = { runs: r }",
        )],
        GET,
    ),
    (
        "const express = require('express'); const app = express(); require('./runs')(app)",
        &[(
            "server/runs.js",
            "module.exports = function (app) { app.route('/api/diagnosis-runs').get(h) }",
        )],
        GET,
    ),
    (
        "import express from 'express'; import { add } from './runs'; const app = express(); add(app)",
        &[("server/runs.ts", "export function add(app) { app.get('/api/diagnosis-runs', h) }")],
        GET,
    ),
    (
        "import express from 'express'; import runs from './runs'; const app = express(); app.use(process.env.BASE, runs)",
        &[(
            "server/runs.ts",
            "import { Router } from 'express'; const r = Router(); r.get('/:id', h); export default r",
        )],
        DOUBT,
    ),
    (
        "import express from 'express'; const app = express(); app.use('/api', this.runs.router)",
        &[],
        DOUBT,
    ),
    (
        "import express from 'express'; import cors from 'cors'; const app = express(); app.use(cors()); app.use('/api', cors(), express.json(), (req, res, next) => next())",
        &[],
        "",
    ),
    (
        "import { Router } from 'express'; export const r = Router(); r.get('/diagnosis-runs', h)",
        &[],
        DOUBT,
    ),
    ("import { Router } from 'express'; export const r = Router(); r.get('/health', h)", &[], ""),
    (
        "import express from 'express'; const app = express(); app.get(/diagnosis-runs/, h)",
        &[],
        DOUBT,
    ),
    ("import express from 'express'; const app = express(); app.get(/.*/, h)", &[], ""),
    (
        "import express from 'express'; const app = express(); app.get('/api/diagnosis-runs(s)?', h)",
        &[],
        DOUBT,
    ),
    (
        "import express from 'express'; import { PREFIX } from './paths'; const app = express(); const r = express.Router(); r.get('/', h); app.use(PREFIX, r)",
        &[("server/paths.ts", "export const PREFIX = '/api/diagnosis-runs'")],
        GET,
    ),
    (
        "import express from 'express'; const a = express.Router(); const b = express.Router(); a.use('/b', b); b.use('/a', a); a.get('/', h)",
        &[],
        "",
    ),
    (
        "import express from 'express'; const app = express(); const v1 = express.Router(); const r = express.Router(); app.use('/api', v1); v1.use('/diagnosis-runs', r); r.get('/:id/process', h)",
        &[],
        "GET /api/diagnosis-runs/[]/process",
    ),
    ("import { get } from 'expression'; get('/api/diagnosis-runs', h)", &[], ""),
];

#[test]
fn routes_of_express() {
    check(EXPRESS);
}

const FASTIFY: &[Case] = &[
    (
        "import Fastify from 'fastify'; const app = Fastify({ logger: true }); app.get('/api/diagnosis-runs', h)",
        &[],
        GET,
    ),
    (
        "import { fastify } from 'fastify'; const app = fastify(); app.get('/api/diagnosis-runs', { schema }, h)",
        &[],
        GET,
    ),
    ("const app = require('fastify')(); app.get('/api/diagnosis-runs', h)", &[], GET),
    (
        "import Fastify from 'fastify'; const app = Fastify(); app.route({ method: ['GET', 'POST'], url: '/api/diagnosis-runs', handler })",
        &[],
        "GET /api/diagnosis-runs POST /api/diagnosis-runs",
    ),
    (
        "import Fastify from 'fastify'; const app = Fastify(); app.register(async (api) => { api.get('/', h) }, { prefix: '/api/diagnosis-runs' })",
        &[],
        GET,
    ),
    (
        "import Fastify from 'fastify'; import runs from './runs'; const app = Fastify(); await app.register(runs, { prefix: '/api' })",
        &[(
            "server/runs.ts",
            "export default async function (fastify, opts) { fastify.get('/diagnosis-runs', h) }",
        )],
        GET,
    ),
    (
        "const app = require('fastify')(); app.register(require('./runs'), { prefix: '/api' })",
        &[
            (
                "server/runs.js",
                "module.exports = async function (fastify) { fastify.register(require('./inner'), { prefix: '/diagnosis-runs' }) }",
            ),
            ("server/inner.js", "module.exports = async (fastify) => { fastify.get('/:id', h) }"),
        ],
        "GET /api/diagnosis-runs/[]",
    ),
    (
        "import Fastify from 'fastify'; const app = Fastify(); app.register(import('./runs'), { prefix: '/api' })",
        &[(
            "server/runs.ts",
            "export default async function (fastify, opts) { fastify.get('/diagnosis-runs', h) }",
        )],
        GET,
    ),
    (
        "import Fastify from 'fastify'; import runs from './runs'; const app = Fastify(); app.register(runs, { prefix: config.prefix })",
        &[(
            "server/runs.ts",
            "export default async function (fastify, opts) { fastify.get('/:id', h) }",
        )],
        DOUBT,
    ),
    (
        "import Fastify from 'fastify'; import autoload from '@fastify/autoload'; const app = Fastify(); app.register(autoload, { dir: 'routes' })",
        &[(
            "server/routes/diagnosis-runs.ts",
            "import type { FastifyInstance } from 'fastify'; export default async (fastify: FastifyInstance) => { fastify.get('/', h) }",
        )],
        "server/routes/diagnosis-runs.ts: e",
    ),
    (
        "import Fastify from 'fastify'; import autoload from '@fastify/autoload'; const app = Fastify(); app.register(autoload, { dir: 'routes' })",
        &[(
            "server/routes/health.ts",
            "import type { FastifyInstance } from 'fastify'; export default async (fastify: FastifyInstance) => { fastify.get('/', h) }",
        )],
        "",
    ),
    (
        "import Fastify from 'fastify'; const app = Fastify(); app.withTypeProvider().get('/api/diagnosis-runs', h)",
        &[],
        GET,
    ),
];

#[test]
fn routes_of_fastify() {
    check(FASTIFY);
}

#[test]
fn servers_that_tests_make_up_serve_nobody() {
    let source = "import express from 'express'; express().get('/api/diagnosis-runs', h)";
    for path in ["server/app.test.ts", "server/__tests__/app.ts", "tests/mock.ts"] {
        assert_eq!(indexed(&[(path, source)]).endpoints(), [""; 0], "{path}");
    }
}

#[test]
fn a_server_that_cannot_be_read_may_hide_a_handler() {
    let source =
        "import express from 'express'\nconst app = express()\napp.get('/api/diagnosis-runs', (\n";
    assert_eq!(indexed(&[("server/app.ts", source)]).gaps(), ["server/app.ts: e"]);
}

#[test]
fn a_slash_at_the_end_matters_to_hono_and_not_to_express() {
    let slash = |source: &str| {
        let indexed = indexed(&[("server/app.ts", source)]);
        let endpoint = indexed.index.endpoints.first().expect("an endpoint");
        (endpoint.trailing_slash, endpoint.slash_matters)
    };
    let hono = |options: &str| {
        slash(&format!(
            "import {{ Hono }} from 'hono'; new Hono({options}).get('/api/diagnosis-runs/', h)"
        ))
    };
    assert_eq!(hono(""), (true, true));
    assert_eq!(hono("{ strict: false }"), (true, false));
    assert_eq!(
        slash("import express from 'express'; express().get('/api/diagnosis-runs/', h)"),
        (true, false)
    );
    assert_eq!(
        slash(
            "import f from 'fastify'; f().register((a) => { a.get('/', h) }, { prefix: '/api/diagnosis-runs' })"
        ),
        (false, false)
    );
}
