const test = require('node:test');
const assert = require('node:assert/strict');
const { connect, fails } = require('./gatehouse');

const permit = connect();
const { users, tenants, roleAssignments } = permit.api;

test('roleAssignments.assign returns the assignment', async () => {
  const user = await users.create({ key: 'assign-user' });
  const given = await roleAssignments.assign({ user: 'assign-user', role: 'viewer', tenant: 'default' });
  assert.equal(given.user, 'assign-user');
  assert.equal(given.user_id, user.id);
  assert.equal(given.role, 'viewer');
  assert.equal(given.tenant, 'default');
  assert.equal(given.resource_instance, null);
  assert.match(given.id, /^[0-9a-f]{32}$/);
  assert.equal(await permit.check('assign-user', 'view', 'reports'), true);
});

test('roleAssignments.assign takes ids and answers with keys', async () => {
  const user = await users.create({ key: 'assign-by-id' });
  const tenant = await tenants.get('default');
  const given = await roleAssignments.assign({ user: user.id, role: 'viewer', tenant: tenant.id });
  assert.equal(given.user, 'assign-by-id');
  assert.equal(given.tenant, 'default');
});

test('roleAssignments.assign needs the user, the role and the tenant to be there', async () => {
  await users.create({ key: 'assign-missing' });
  await fails(404, roleAssignments.assign({ user: 'assign-nobody', role: 'viewer', tenant: 'default' }));
  await fails(404, roleAssignments.assign({ user: 'assign-missing', role: 'no-role', tenant: 'default' }));
  await fails(404, roleAssignments.assign({ user: 'assign-missing', role: 'viewer', tenant: 'no-tenant' }));
});

test('roleAssignments.list filters', async () => {
  await users.create({ key: 'assign-list' });
  await tenants.create({ key: 'assign-list', name: 'List' });
  for (const tenant of ['default', 'assign-list']) {
    await roleAssignments.assign({ user: 'assign-list', role: 'viewer', tenant });
  }
  const tenantsOf = async (filter) => (await roleAssignments.list(filter)).map((a) => a.tenant).sort();
  assert.deepEqual(await tenantsOf({ user: 'assign-list' }), ['assign-list', 'default']);
  assert.deepEqual(await tenantsOf({ user: 'assign-list', tenant: 'assign-list' }), ['assign-list']);
  assert.deepEqual(await tenantsOf({ user: 'assign-list', role: 'viewer', perPage: 1, page: 3 }), []);
  const counted = await roleAssignments.list({ user: 'assign-list', includeTotalCount: true });
  assert.equal(counted.total_count, 2);
  assert.equal(counted.data.length, 2);
});

test('roleAssignments.unassign takes the role', async () => {
  await users.create({ key: 'unassign-user', role_assignments: [{ role: 'viewer', tenant: 'default' }] });
  const taken = { user: 'unassign-user', role: 'viewer', tenant: 'default' };
  await roleAssignments.unassign(taken);
  assert.deepEqual(await roleAssignments.list({ user: 'unassign-user' }), []);
  assert.equal(await permit.check('unassign-user', 'view', 'reports'), false);
  await fails(404, roleAssignments.unassign(taken));
});
