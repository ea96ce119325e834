const test = require('node:test');
const assert = require('node:assert/strict');
const { PermitApiError, PermitContextError } = require('permitio');
const { connect, fails } = require('./gatehouse');

const permit = connect();

test('what exists already is refused with 409', async () => {
  await permit.api.users.create({ key: 'errors-twice' });
  const error = await fails(409, permit.api.users.create({ key: 'errors-twice' }));
  assert.ok(error instanceof PermitApiError);
  assert.equal(error.response.data.error_code, 'DUPLICATE_ENTITY');
  assert.match(error.message, /errors-twice/);
});

test('what is not there is answered with 404', async () => {
  const error = await fails(404, permit.api.users.get('errors-nobody'));
  assert.ok(error instanceof PermitApiError);
  assert.equal(error.response.data.error_code, 'NOT_FOUND');
  assert.match(error.message, /^The requested data could not be found/);
});

test('a wrong key is refused with 401 and never allows', async () => {
  const stranger = connect('permit_key_' + 'x'.repeat(86));
  // The client says only that its key is no good; the status is seen below it.
  const statuses = [];
  stranger.config.axiosInstance.interceptors.response.use(undefined, (error) => {
    statuses.push(error.response?.status);
    throw error;
  });
  await assert.rejects(stranger.api.users.get('errors-anyone'), PermitContextError);
  await assert.rejects(stranger.api.syncUser({ key: 'errors-intruder' }), PermitContextError);
  assert.deepEqual([...new Set(statuses)], [401]);
  await assert.rejects(stranger.check('errors-anyone', 'view', 'reports'), /status code 403/, 'as the PDP does');
  await fails(404, permit.api.users.get('errors-intruder'));
});

test('what is not offered yet is refused with 501 that says so', async () => {
  const { api } = permit;
  const calls = {
    'elements.loginAs': () => permit.elements.loginAs({ userId: 'a', tenantId: 'default' }),
  };
  for (const [name, call] of Object.entries(calls)) {
    const error = await fails(501, call());
    assert.match(error.message, /^Gatehouse does not offer (GET|POST|DELETE) \/v2\/.* yet$/, name);
  }
});

test('fields that are not offered yet are refused, not dropped', async () => {
  const error = await fails(501, permit.api.resources.create({ key: 'errors-field', name: 'Field', actions: {}, v1compat_type: 'old' }));
  assert.match(error.message, /Gatehouse does not offer the field v1compat_type yet/);
  await fails(404, permit.api.resources.get('errors-field'));
});
