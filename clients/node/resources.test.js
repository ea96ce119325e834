const test = require('node:test');
const assert = require('node:assert/strict');
const { connect, fails, keysOf } = require('./gatehouse');

const permit = connect();
const { users, roles, resources } = permit.api;

test('resources.create returns the resource', async () => {
  const resource = await resources.create({
    key: 'resources-create',
    name: 'Create',
    urn: 'prn:gatehouse:create',
    description: 'A resource',
    actions: { read: { name: 'Read it' }, write: {} },
    attributes: { owner: { type: 'string', description: 'Whose it is' } },
  });
  assert.equal(resource.key, 'resources-create');
  assert.equal(resource.name, 'Create');
  assert.equal(resource.urn, 'prn:gatehouse:create');
  assert.equal(resource.description, 'A resource');
  assert.deepEqual(Object.keys(resource.actions).sort(), ['read', 'write']);
  assert.equal(resource.actions.read.name, 'Read it');
  assert.equal(resource.actions.write.name, 'write', 'named by its key');
  assert.equal(resource.attributes.owner.type, 'string');
  assert.match(resource.id, /^[0-9a-f]{32}$/);
  await fails(409, resources.create({ key: 'resources-create', name: 'Again', actions: {} }));
});

test('resources.get finds by key and by id', async () => {
  const made = await resources.create({ key: 'resources-get', name: 'Get', actions: {} });
  assert.deepEqual(made.actions, {});
  assert.deepEqual(await resources.get('resources-get'), made);
  assert.deepEqual(await resources.getByKey('resources-get'), made);
  assert.deepEqual(await resources.getById(made.id), made);
  await fails(404, resources.get('resources-get-none'));
});

test('resources.list is a list, or an object with its count', async () => {
  await resources.create({ key: 'resources-list', name: 'List', actions: {} });
  const list = await resources.list();
  assert.ok(Array.isArray(list));
  const keys = keysOf(await resources.list({ perPage: 100 }));
  assert.ok(keys.includes('resources-list'));
  assert.ok(!keys.includes('__user') && !keys.includes('__tenant'), 'built-in ones are not listed');
  const counted = await resources.list({ page: 1, perPage: 1, includeTotalCount: true });
  assert.equal(counted.data.length, 1);
  assert.ok(counted.total_count >= 2, 'this one and reports');
});

test('resources.update keeps what is not sent', async () => {
  const made = await resources.create({ key: 'resources-update', name: 'Before', actions: { read: {}, write: {} } });
  const renamed = await resources.update('resources-update', { name: 'After' });
  assert.equal(renamed.name, 'After');
  assert.deepEqual(renamed.actions, made.actions);
  const changed = await resources.update('resources-update', { actions: { read: {}, share: {} } });
  assert.deepEqual(Object.keys(changed.actions).sort(), ['read', 'share']);
  assert.equal(changed.actions.read.id, made.actions.read.id, 'a kept action keeps its id');
  assert.deepEqual(await resources.get('resources-update'), changed);
  await fails(404, resources.update('resources-update-none', { name: 'X' }));
});

test('resources.replace drops what is not sent', async () => {
  await resources.create({ key: 'resources-replace', name: 'Before', description: 'Gone', actions: { read: {}, write: {} } });
  const replaced = await resources.replace('resources-replace', { name: 'After', actions: { read: {} } });
  assert.equal(replaced.name, 'After');
  assert.equal(replaced.description, null);
  assert.deepEqual(Object.keys(replaced.actions), ['read']);
});

test('resources.replace creates what is not there', async () => {
  const made = await resources.replace('resources-replace-new', { name: 'New', actions: { read: {} } });
  assert.equal(made.key, 'resources-replace-new');
  assert.equal((await resources.get('resources-replace-new')).name, 'New');
});

test('a removed action and a deleted resource leave the roles', async () => {
  await resources.create({ key: 'resources-delete', name: 'Delete', actions: { read: {}, write: {} } });
  await roles.create({ key: 'resources-role', name: 'Role', permissions: ['resources-delete:read', 'resources-delete:write'] });
  await users.create({ key: 'resources-user', role_assignments: [{ role: 'resources-role', tenant: 'default' }] });
  const may = async () => [
    await permit.check('resources-user', 'read', 'resources-delete'),
    await permit.check('resources-user', 'write', 'resources-delete'),
  ];
  assert.deepEqual(await may(), [true, true]);

  await resources.update('resources-delete', { actions: { read: {} } });
  assert.deepEqual(await may(), [true, false]);
  assert.deepEqual((await roles.get('resources-role')).permissions, ['resources-delete:read']);

  await resources.delete('resources-delete');
  assert.deepEqual(await may(), [false, false]);
  assert.deepEqual((await roles.get('resources-role')).permissions, []);
  await fails(404, resources.get('resources-delete'));
  await fails(404, resources.delete('resources-delete'));
});

test('the older calls of resources', async () => {
  const { api } = permit;
  assert.equal((await api.createResource({ key: 'resources-older', name: 'Older', actions: {} })).key, 'resources-older');
  assert.equal((await api.updateResource('resources-older', { name: 'Old' })).name, 'Old');
  await api.deleteResource('resources-older');
  await fails(404, resources.get('resources-older'));
});
