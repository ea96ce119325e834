// The calls of Logto's published guide "Set up authorization with Permit.io", as
// the guide has them; only the addresses of the client differ. The schema (the
// resource reports, the role viewer) is there before, as in the guide.
const test = require('node:test');
const assert = require('node:assert/strict');
const { connect } = require('./gatehouse');

const permit = connect();

const syncUserToPermit = async (userId, email, firstName, lastName, role = 'viewer') => {
  // First, sync the user
  await permit.api.syncUser({
    key: userId,
    email: email || undefined,
    first_name: firstName || undefined,
    last_name: lastName || undefined,
  });

  // Then assign a role to the user
  await permit.api.assignRole({
    user: userId,
    role: role,
    tenant: 'default',
  });

  return true;
};

test('a user that the guide brings in may view reports', async () => {
  const userId = 'guide7f3kq0wz'; // Logto's ids look so
  assert.equal(await permit.check(userId, 'view', 'reports'), false, 'before');

  assert.equal(await syncUserToPermit(userId, 'ann@example.com', 'Ann Example', undefined, 'viewer'), true);

  const isPermitted = await permit.check(userId, 'view', 'reports');
  assert.equal(isPermitted, true);
});

test('a user with neither e-mail nor name can be brought in', async () => {
  await syncUserToPermit('guidebare0001', null, null, undefined);
  assert.equal(await permit.check('guidebare0001', 'view', 'reports'), true);
  const user = await permit.api.getUser('guidebare0001');
  assert.equal(user.email, null);
  assert.equal(user.first_name, null);
});

test('the role gives no other action', async () => {
  await syncUserToPermit('guideother001', 'other@example.com', 'Other');
  assert.equal(await permit.check('guideother001', 'edit', 'reports'), false, 'an action of the resource');
  assert.equal(await permit.check('guideother001', 'burn', 'reports'), false, 'no action of the resource');
});

test('an unknown user is denied without an exception', async () => {
  assert.equal(await permit.check('nobody', 'view', 'reports'), false);
});

test('an unknown resource is denied without an exception', async () => {
  await syncUserToPermit('guideres00001', 'res@example.com', 'Res');
  assert.equal(await permit.check('guideres00001', 'view', 'secrets'), false);
});

test('the role holds in its tenant only', async () => {
  await syncUserToPermit('guidetenant01', 'tenant@example.com', 'Tenant');
  const ask = (tenant) => permit.check('guidetenant01', 'view', { type: 'reports', tenant });
  assert.equal(await ask('default'), true);
  assert.equal(await ask('elsewhere'), false);
});

test('a user may be asked about as an object', async () => {
  await syncUserToPermit('guideobject01', 'object@example.com', 'Object');
  const user = { key: 'guideobject01', email: 'object@example.com', firstName: 'Object', attributes: { level: 3 } };
  assert.equal(await permit.check(user, 'view', { type: 'reports', key: 'q3', attributes: { year: 2026 } }), true);
});

test('what the role loses is denied at once', async () => {
  await syncUserToPermit('guideunassign', 'unassign@example.com', 'Un');
  await permit.api.unassignRole({ user: 'guideunassign', role: 'viewer', tenant: 'default' });
  assert.equal(await permit.check('guideunassign', 'view', 'reports'), false);
});

test('the same registration twice leaves the user as it is', async () => {
  await syncUserToPermit('guidetwice001', 'twice@example.com', 'Twice');
  await permit.api.syncUser({ key: 'guidetwice001', email: 'twice@example.com', first_name: 'Twice' });
  const user = await permit.api.getUser('guidetwice001');
  assert.deepEqual(user.roles, [{ role: 'viewer', tenant: 'default' }]);
  assert.equal(await permit.check('guidetwice001', 'view', 'reports'), true);
});
