const test = require('node:test');
const assert = require('node:assert/strict');
const { connect, fails, keysOf } = require('./gatehouse');

const { users, tenants } = connect().api;

test('users.create returns the user', async () => {
  const user = await users.create({
    key: 'users|create@example.com',
    email: 'create@example.com',
    first_name: 'Cre',
    last_name: 'Ate',
    attributes: { department: 'sales', level: 3, tags: ['a', 'b'] },
  });
  assert.equal(user.key, 'users|create@example.com');
  assert.equal(user.email, 'create@example.com');
  assert.equal(user.first_name, 'Cre');
  assert.equal(user.last_name, 'Ate');
  assert.deepEqual(user.attributes, { department: 'sales', level: 3, tags: ['a', 'b'] });
  assert.deepEqual(user.roles, []);
  assert.deepEqual(user.associated_tenants, []);
  assert.match(user.id, /^[0-9a-f]{32}$/);
  assert.ok(!Number.isNaN(Date.parse(user.created_at)));
  await fails(409, users.create({ key: 'users|create@example.com' }));
});

test('users.create gives the roles it names', async () => {
  const user = await users.create({ key: 'users-with-role', role_assignments: [{ role: 'viewer', tenant: 'default' }] });
  assert.deepEqual(user.roles, [{ role: 'viewer', tenant: 'default' }]);
  assert.equal(user.associated_tenants[0].tenant, 'default');
  assert.equal(await connect().check('users-with-role', 'view', 'reports'), true);
});

test('users.create refuses what is not an e-mail address', async () => {
  await fails(422, users.create({ key: 'users-mail', email: 'not an address' }));
  await fails(404, users.get('users-mail'));
});

test('users.get finds by key and by id', async () => {
  const made = await users.create({ key: 'users-get' });
  assert.deepEqual(await users.get('users-get'), made);
  assert.deepEqual(await users.getByKey('users-get'), made);
  assert.deepEqual(await users.getById(made.id), made);
  await fails(404, users.get('users-get-nobody'));
});

test('users.list pages and searches', async () => {
  for (const n of [1, 2, 3]) {
    await users.create({ key: `users-list-${n}`, email: `list${n}@lists.example.com` });
  }
  const first = await users.list({ search: 'users-list-', page: 1, perPage: 2 });
  assert.deepEqual(keysOf(first.data).length, 2);
  assert.equal(first.total_count, 3);
  assert.equal(first.page_count, 2);
  const second = await users.list({ search: 'users-list-', page: 2, perPage: 2 });
  assert.deepEqual(keysOf([...first.data, ...second.data]), ['users-list-1', 'users-list-2', 'users-list-3']);
  assert.deepEqual(keysOf((await users.list({ search: 'list2@lists' })).data), ['users-list-2']);
  assert.ok((await users.list()).total_count >= 3);
});

test('users.list filters by role', async () => {
  await users.create({ key: 'users-role-yes', role_assignments: [{ role: 'viewer', tenant: 'default' }] });
  await users.create({ key: 'users-role-no' });
  const found = await users.list({ search: 'users-role-', role: 'viewer' });
  assert.deepEqual(keysOf(found.data), ['users-role-yes']);
});

test('users.sync creates, then replaces', async () => {
  const made = await users.sync({ key: 'users-sync', email: 'one@example.com', first_name: 'One' });
  assert.equal(made.created, true);
  assert.equal(made.user.email, 'one@example.com');
  const replaced = await users.sync({ key: 'users-sync', email: 'two@example.com' });
  assert.equal(replaced.created, false);
  assert.equal(replaced.user.id, made.user.id);
  assert.equal(replaced.user.email, 'two@example.com');
  assert.equal(replaced.user.first_name, null, 'what is left out is gone');
});

test('users.update changes what is sent and keeps the rest', async () => {
  await users.create({ key: 'users-update', first_name: 'Up', last_name: 'Date', attributes: { a: 1 } });
  const user = await users.update('users-update', { last_name: 'Grade' });
  assert.equal(user.first_name, 'Up');
  assert.equal(user.last_name, 'Grade');
  assert.deepEqual(user.attributes, { a: 1 });
  assert.deepEqual(await users.get('users-update'), user);
  await fails(404, users.update('users-update-nobody', { last_name: 'X' }));
});

test('users.delete removes the user and what it may', async () => {
  await users.create({ key: 'users-delete', role_assignments: [{ role: 'viewer', tenant: 'default' }] });
  await users.delete('users-delete');
  await fails(404, users.get('users-delete'));
  await fails(404, users.delete('users-delete'));
  assert.deepEqual(await users.getAssignedRoles({ user: 'users-delete' }), []);
  assert.equal(await connect().check('users-delete', 'view', 'reports'), false);
});

test('users.assignRole, getAssignedRoles and unassignRole', async () => {
  const user = await users.create({ key: 'users-assign' });
  await tenants.create({ key: 'users-assign-tenant', name: 'Assign' });
  const given = await users.assignRole({ user: 'users-assign', role: 'viewer', tenant: 'users-assign-tenant' });
  assert.equal(given.user, 'users-assign');
  assert.equal(given.user_id, user.id);
  assert.equal(given.role, 'viewer');
  assert.equal(given.tenant, 'users-assign-tenant');

  await users.assignRole({ user: 'users-assign', role: 'viewer', tenant: 'default' });
  const all = await users.getAssignedRoles({ user: 'users-assign' });
  assert.deepEqual(all.map((a) => a.tenant).sort(), ['default', 'users-assign-tenant']);
  const some = await users.getAssignedRoles({ user: 'users-assign', tenant: 'users-assign-tenant' });
  assert.deepEqual(some, [given]);
  const counted = await users.getAssignedRoles({ user: 'users-assign', includeTotalCount: true, page: 1, perPage: 1 });
  assert.equal(counted.total_count, 2);
  assert.equal(counted.data.length, 1);

  const taken = { user: 'users-assign', role: 'viewer', tenant: 'users-assign-tenant' };
  await users.unassignRole(taken);
  assert.deepEqual((await users.getAssignedRoles({ user: 'users-assign' })).map((a) => a.tenant), ['default']);
  await fails(404, users.unassignRole(taken));
});

test('the older calls of users', async () => {
  const { api } = connect();
  assert.equal((await api.createUser({ key: 'users-older' })).key, 'users-older');
  assert.equal((await api.syncUser({ key: 'users-older', first_name: 'Older' })).first_name, 'Older');
  assert.equal((await api.updateUser('users-older', { last_name: 'Call' })).last_name, 'Call');
  assert.equal((await api.getUser('users-older')).first_name, 'Older');
  assert.ok(Array.isArray(await api.getAssignedRoles('users-older')));
  assert.ok(await api.listUsers());
  await api.deleteUser('users-older');
  await fails(404, api.getUser('users-older'));
});
