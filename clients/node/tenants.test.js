const test = require('node:test');
const assert = require('node:assert/strict');
const { connect, fails, keysOf } = require('./gatehouse');

const { users, tenants } = connect().api;

test('tenants.create returns the tenant', async () => {
  const tenant = await tenants.create({
    key: 'tenants-create',
    name: 'Create',
    description: 'A tenant',
    attributes: { region: 'eu' },
  });
  assert.equal(tenant.key, 'tenants-create');
  assert.equal(tenant.name, 'Create');
  assert.equal(tenant.description, 'A tenant');
  assert.deepEqual(tenant.attributes, { region: 'eu' });
  assert.match(tenant.id, /^[0-9a-f]{32}$/);
  await fails(409, tenants.create({ key: 'tenants-create', name: 'Again' }));
});

test('a tenant without attributes shows null', async () => {
  const tenant = await tenants.create({ key: 'tenants-plain', name: 'Plain' });
  assert.equal(tenant.attributes, null);
  assert.equal(tenant.description, null);
});

test('tenants.get finds by key and by id', async () => {
  const made = await tenants.create({ key: 'tenants-get', name: 'Get' });
  assert.deepEqual(await tenants.get('tenants-get'), made);
  assert.deepEqual(await tenants.getByKey('tenants-get'), made);
  assert.deepEqual(await tenants.getById(made.id), made);
  assert.equal((await tenants.get('default')).key, 'default');
  await fails(404, tenants.get('tenants-get-none'));
});

test('tenants.list pages and searches', async () => {
  for (const n of [1, 2, 3]) {
    await tenants.create({ key: `tenants-list-${n}`, name: `List ${n}` });
  }
  const first = await tenants.list({ search: 'tenants-list-', page: 1, perPage: 2 });
  const second = await tenants.list({ search: 'tenants-list-', page: 2, perPage: 2 });
  assert.equal(first.length, 2);
  assert.deepEqual(keysOf([...first, ...second]), ['tenants-list-1', 'tenants-list-2', 'tenants-list-3']);
  assert.ok(keysOf(await tenants.list({ perPage: 100 })).includes('default'));
});

test('tenants.update changes what is sent and keeps the rest', async () => {
  await tenants.create({ key: 'tenants-update', name: 'Before', description: 'Kept', attributes: { a: 1 } });
  const tenant = await tenants.update('tenants-update', { name: 'After', attributes: { b: 2 } });
  assert.equal(tenant.name, 'After');
  assert.equal(tenant.description, 'Kept');
  assert.deepEqual(tenant.attributes, { b: 2 });
  assert.deepEqual(await tenants.get('tenants-update'), tenant);
  await fails(404, tenants.update('tenants-update-none', { name: 'X' }));
});

test('tenants.delete takes the roles held there', async () => {
  await tenants.create({ key: 'tenants-delete', name: 'Delete' });
  await users.create({ key: 'tenants-delete-user', role_assignments: [{ role: 'viewer', tenant: 'tenants-delete' }] });
  const ask = () => connect().check('tenants-delete-user', 'view', { type: 'reports', tenant: 'tenants-delete' });
  assert.equal(await ask(), true);
  await tenants.delete('tenants-delete');
  assert.equal(await ask(), false);
  assert.deepEqual((await users.get('tenants-delete-user')).roles, []);
  await fails(404, tenants.get('tenants-delete'));
  await fails(404, tenants.delete('tenants-delete'));
});

test('tenants.listTenantUsers lists who holds a role there', async () => {
  await tenants.create({ key: 'tenants-users', name: 'Users' });
  const held = [{ role: 'viewer', tenant: 'tenants-users' }, { role: 'viewer', tenant: 'default' }];
  await users.create({ key: 'tenants-users-in', role_assignments: held });
  await users.create({ key: 'tenants-users-out', role_assignments: [{ role: 'viewer', tenant: 'default' }] });
  const found = await tenants.listTenantUsers({ tenantKey: 'tenants-users' });
  assert.equal(found.total_count, 1);
  assert.deepEqual(keysOf(found.data), ['tenants-users-in']);
  assert.deepEqual(found.data[0].associated_tenants.map((t) => t.tenant), ['tenants-users'], 'this tenant only');
  assert.equal((await tenants.listTenantUsers({ tenantKey: 'tenants-users', search: 'nobody' })).total_count, 0);
  await fails(404, tenants.listTenantUsers({ tenantKey: 'tenants-users-none' }));
});

test('tenants.deleteTenantUser takes what a user holds there', async () => {
  await tenants.create({ key: 'tenants-leave', name: 'Leave' });
  const held = ['tenants-leave', 'default'].map((tenant) => ({ role: 'viewer', tenant }));
  await users.create({ key: 'tenants-leaver', role_assignments: held });
  await tenants.deleteTenantUser('tenants-leave', 'tenants-leaver');
  assert.deepEqual((await users.get('tenants-leaver')).roles, [{ role: 'viewer', tenant: 'default' }]);
  await fails(404, tenants.deleteTenantUser('tenants-leave', 'tenants-leaver'));
});

test('the older calls of tenants', async () => {
  const { api } = connect();
  assert.equal((await api.createTenant({ key: 'tenants-older', name: 'Older' })).key, 'tenants-older');
  assert.equal((await api.updateTenant('tenants-older', { name: 'Old' })).name, 'Old');
  assert.equal((await api.getTenant('tenants-older')).name, 'Old');
  assert.ok(keysOf(await api.listTenants()).includes('default'));
  await api.deleteTenant('tenants-older');
  await fails(404, api.getTenant('tenants-older'));
});
