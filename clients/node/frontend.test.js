// Permit's client for browsers asks the application's own backend, never Permit. This
// backend asks Gatehouse, as applications do.
const http = require('node:http');
const test = require('node:test');
const assert = require('node:assert/strict');
const frontend = require('permit-fe-sdk');
const { connect } = require('./gatehouse');

const permit = connect();

/** asked returns the resource that the front end means by type, or by type:key. */
function asked(name, attributes = {}) {
  const [type, key] = name.split(':');
  return { type, key, tenant: 'default', attributes };
}

async function answer(request, url) {
  const user = url.searchParams.get('user');
  const may = (q) => permit.check({ key: user, attributes: q.userAttributes ?? {} }, q.action, asked(q.resource, q.resourceAttributes));
  if (request.method === 'GET') {
    return { permitted: await may(Object.fromEntries(url.searchParams)) };
  }
  const chunks = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  const body = JSON.parse(Buffer.concat(chunks));
  if (!body.resourcesAndActions) {
    return { permitted: await may(body) };
  }
  return { permittedList: await Promise.all(body.resourcesAndActions.map(may)) };
}

const backend = http.createServer(async (request, response) => {
  const result = await answer(request, new URL(request.url, 'http://backend'));
  response.setHeader('Content-Type', 'application/json');
  response.statusCode = result.permitted === false ? 403 : 200; // as the client's documentation has it
  response.end(JSON.stringify(result));
});
let backendUrl;

test.before(async () => {
  await new Promise((ready) => backend.listen(0, '127.0.0.1', ready));
  backendUrl = `http://127.0.0.1:${backend.address().port}/`;
  await permit.api.users.create({ key: 'fe-ann', role_assignments: [{ role: 'viewer', tenant: 'default' }] });
  await permit.api.resources.create({ key: 'fe-film', name: 'Film', actions: { watch: {} }, attributes: { rating: { type: 'number' } } });
  await permit.api.conditionSets.create({ key: 'fe-ann', name: 'Ann', type: 'userset', conditions: { 'user.key': { equals: 'fe-ann' } } });
  await permit.api.conditionSets.create({
    key: 'fe-mild', name: 'Mild', type: 'resourceset', resource_id: 'fe-film', conditions: { 'resource.rating': { 'less-than': 12 } },
  });
  await permit.api.conditionSetRules.create({ user_set: 'fe-ann', permission: 'fe-film:watch', resource_set: 'fe-mild' });
});
test.after(() => backend.close());

/** opened returns the client's state for a user who has just come. */
function opened(loggedInUser) {
  const state = frontend.Permit({ loggedInUser, backendUrl });
  state.reset();
  return frontend.Permit({ loggedInUser, backendUrl });
}

const reports = [{ action: 'view', resource: 'reports' }, { action: 'edit', resource: 'reports' }, { action: 'view', resource: { type: 'reports', key: 'q3' } }];

test('loadLocalStateBulk asks for all at once, and check answers from that', async () => {
  const state = opened('fe-ann');
  assert.equal(state.check('view', 'reports'), false, 'before');
  await state.loadLocalStateBulk(reports);
  assert.equal(state.check('view', 'reports'), true);
  assert.equal(state.check('edit', 'reports'), false);
  assert.equal(state.check('view', { type: 'reports', key: 'q3' }), true);
  assert.deepEqual(state.getCaslJson(), [
    { action: 'view', subject: 'reports', inverted: false },
    { action: 'edit', subject: 'reports', inverted: true },
    { action: 'view', subject: 'reports:q3', inverted: false },
  ]);
  state.reset();
  assert.equal(state.check('view', 'reports'), false, 'after the reset');
});

test('loadLocalState asks for each, by GET and by POST', async () => {
  for (const method of ['GET', 'POST']) {
    const state = opened('fe-ann');
    await state.loadLocalState(reports, method);
    assert.deepEqual([state.check('view', 'reports'), state.check('edit', 'reports')], [true, false], method);
  }
});

test('addKeyToState asks with attributes', async () => {
  const state = opened('fe-ann');
  await state.addKeyToState('watch', 'fe-film', { rating: 6 }, {}, 'POST');
  await state.addKeyToState('watch', 'fe-film', { rating: 18 }, {}, 'POST');
  assert.equal(state.check('watch', 'fe-film', { rating: 6 }), true);
  assert.equal(state.check('watch', 'fe-film', { rating: 18 }), false);
});

test('nobody may anything', async () => {
  const state = opened('fe-nobody');
  await state.loadLocalStateBulk(reports);
  assert.deepEqual(reports.map(({ action, resource }) => state.check(action, resource)), [false, false, false]);
});

test('every method of the client is among these tests', () => {
  const state = opened('fe-ann');
  const methods = Object.keys(state).filter((name) => typeof state[name] === 'function').sort();
  assert.deepEqual(methods, ['addKeyToState', 'check', 'getCaslJson', 'loadLocalState', 'loadLocalStateBulk', 'reset']);
});
