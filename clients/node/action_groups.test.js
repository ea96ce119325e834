const test = require('node:test');
const assert = require('node:assert/strict');
const { connect, fails, keysOf } = require('./gatehouse');

const permit = connect();
const { users, roles, resources, actionGroups: groups } = permit.api;

test('actionGroups create, get, list, update and delete', async () => {
  const resource = await resources.create({ key: 'grouped', name: 'Grouped', actions: { read: {}, write: {}, share: {} } });
  const made = await groups.create('grouped', { key: 'edit', name: 'Edit', actions: ['read', 'write'] });
  assert.equal(made.key, 'edit');
  assert.equal(made.resource_id, resource.id);
  assert.deepEqual(made.actions, ['read', 'write']);
  await fails(409, groups.create('grouped', { key: 'edit', name: 'Again' }));
  await fails(409, groups.create('grouped', { key: 'share', name: 'An action' }));
  assert.deepEqual(await groups.get('grouped', 'edit'), made);
  assert.deepEqual(await groups.getByKey('grouped', 'edit'), made);
  assert.deepEqual(await groups.getById(resource.id, made.id), made);
  assert.deepEqual(keysOf(await groups.list({ resourceKey: 'grouped' })), ['edit']);
  assert.deepEqual((await resources.get('grouped')).action_groups, { edit: ['read', 'write'] });

  await roles.create({ key: 'grouped-editor', name: 'Editor', permissions: ['grouped:edit'] });
  await users.create({ key: 'grouped-user' });
  await users.assignRole({ user: 'grouped-user', role: 'grouped-editor', tenant: 'default' });
  assert.equal(await permit.check('grouped-user', 'write', 'grouped'), true);
  assert.equal(await permit.check('grouped-user', 'share', 'grouped'), false);
  const updated = await groups.update('grouped', 'edit', { actions: ['share'] });
  assert.deepEqual(updated.actions, ['share']);
  assert.equal(await permit.check('grouped-user', 'write', 'grouped'), false);
  assert.equal(await permit.check('grouped-user', 'share', 'grouped'), true);

  await groups.delete('grouped', 'edit');
  await fails(404, groups.get('grouped', 'edit'));
  assert.equal(await permit.check('grouped-user', 'share', 'grouped'), false);
  assert.deepEqual((await roles.get('grouped-editor')).permissions, []);
});
