const test = require('node:test');
const assert = require('node:assert/strict');
const { connect, fails, keysOf } = require('./gatehouse');

const permit = connect();
const { users, roles, resources } = permit.api;

test.before(() => resources.create({ key: 'roles-doc', name: 'Doc', actions: { read: {}, write: {} } }));

test('roles.create returns the role', async () => {
  const role = await roles.create({
    key: 'roles-create',
    name: 'Create',
    description: 'A role',
    permissions: ['roles-doc:read'],
  });
  assert.equal(role.key, 'roles-create');
  assert.equal(role.name, 'Create');
  assert.equal(role.description, 'A role');
  assert.deepEqual(role.permissions, ['roles-doc:read']);
  assert.deepEqual(role.extends, []);
  assert.match(role.id, /^[0-9a-f]{32}$/);
  await fails(409, roles.create({ key: 'roles-create', name: 'Again' }));
});

test('roles.create with an unknown permission fails and creates nothing', async () => {
  await assert.rejects(roles.create({ key: 'roles-unknown', name: 'Unknown', permissions: ['roles-nothing:read'] }));
  await fails(404, roles.get('roles-unknown'));
});

test('roles.get finds by key and by id', async () => {
  const made = await roles.create({ key: 'roles-get', name: 'Get' });
  assert.deepEqual(await roles.get('roles-get'), made);
  assert.deepEqual(await roles.getByKey('roles-get'), made);
  assert.deepEqual(await roles.getById(made.id), made);
  await fails(404, roles.get('roles-get-none'));
});

test('roles.list is a list, or an object with its count', async () => {
  await roles.create({ key: 'roles-list', name: 'List' });
  const list = await roles.list();
  assert.ok(Array.isArray(list));
  assert.ok(keysOf(await roles.list({ perPage: 100 })).includes('roles-list'));
  const counted = await roles.list({ page: 1, perPage: 1, includeTotalCount: true });
  assert.equal(counted.data.length, 1);
  assert.ok(counted.total_count >= 2, 'this one and viewer');
  assert.ok(counted.page_count >= counted.total_count, 'one to a page');
});

test('roles.update changes what is sent and keeps the rest', async () => {
  await roles.create({ key: 'roles-update', name: 'Before', permissions: ['roles-doc:read'] });
  const renamed = await roles.update('roles-update', { name: 'After' });
  assert.equal(renamed.name, 'After');
  assert.deepEqual(renamed.permissions, ['roles-doc:read']);
  const changed = await roles.update('roles-update', { permissions: ['roles-doc:write'] });
  assert.deepEqual(changed.permissions, ['roles-doc:write']);
  assert.deepEqual(await roles.get('roles-update'), changed);
  await fails(404, roles.update('roles-update-none', { name: 'X' }));
});

test('roles.assignPermissions and removePermissions change what holders may', async () => {
  await roles.create({ key: 'roles-permissions', name: 'Permissions' });
  await users.create({ key: 'roles-holder', role_assignments: [{ role: 'roles-permissions', tenant: 'default' }] });
  const may = (action) => permit.check('roles-holder', action, 'roles-doc');
  assert.equal(await may('read'), false);

  const more = await roles.assignPermissions('roles-permissions', ['roles-doc:read', 'roles-doc:write']);
  assert.deepEqual([...more.permissions].sort(), ['roles-doc:read', 'roles-doc:write']);
  assert.deepEqual([await may('read'), await may('write')], [true, true]);

  const less = await roles.removePermissions('roles-permissions', ['roles-doc:write']);
  assert.deepEqual(less.permissions, ['roles-doc:read']);
  assert.deepEqual([await may('read'), await may('write')], [true, false]);

  await fails(404, roles.assignPermissions('roles-permissions-none', ['roles-doc:read']));
});

test('a role has the permissions of those it extends', async () => {
  await roles.create({ key: 'roles-parent', name: 'Parent', permissions: ['roles-doc:read'] });
  const child = await roles.create({ key: 'roles-child', name: 'Child', extends: ['roles-parent'] });
  assert.deepEqual(child.extends, ['roles-parent']);
  await users.create({ key: 'roles-heir', role_assignments: [{ role: 'roles-child', tenant: 'default' }] });
  assert.equal(await permit.check('roles-heir', 'read', 'roles-doc'), true);
});

test('roles.delete takes the role from its holders', async () => {
  await roles.create({ key: 'roles-delete', name: 'Delete', permissions: ['roles-doc:read'] });
  await users.create({ key: 'roles-loser', role_assignments: [{ role: 'roles-delete', tenant: 'default' }] });
  assert.equal(await permit.check('roles-loser', 'read', 'roles-doc'), true);
  await roles.delete('roles-delete');
  assert.equal(await permit.check('roles-loser', 'read', 'roles-doc'), false);
  assert.deepEqual((await users.get('roles-loser')).roles, []);
  await fails(404, roles.get('roles-delete'));
  await fails(404, roles.delete('roles-delete'));
});

test('the older calls of roles', async () => {
  const { api } = permit;
  assert.equal((await api.createRole({ key: 'roles-older', name: 'Older' })).key, 'roles-older');
  assert.equal((await api.updateRole('roles-older', { name: 'Old' })).name, 'Old');
  assert.equal((await api.getRole('roles-older')).name, 'Old');
  assert.ok(Array.isArray(await api.listRoles()));
  await api.deleteRole('roles-older');
  await fails(404, api.getRole('roles-older'));
});
