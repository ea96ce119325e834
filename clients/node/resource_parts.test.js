const test = require('node:test');
const assert = require('node:assert/strict');
const { connect, fails, keysOf } = require('./gatehouse');

const permit = connect();
const { api } = permit;

/** found asserts that get, getByKey and getById find what was made. */
async function found(part, resource, made) {
  assert.deepEqual(await part.get(resource.key, made.key), made);
  assert.deepEqual(await part.getByKey(resource.key, made.key), made);
  assert.deepEqual(await part.getById(resource.id, made.id), made);
  await fails(404, part.get(resource.key, 'nothing'));
}

test('resourceActions', async () => {
  const resource = await api.resources.create({ key: 'parts-actions', name: 'Actions', actions: { read: {} } });
  const made = await api.resourceActions.create('parts-actions', { key: 'sign', name: 'Sign' });
  assert.equal(made.permission_name, 'parts-actions:sign');
  await fails(409, api.resourceActions.create('parts-actions', { key: 'sign', name: 'Again' }));
  await found(api.resourceActions, resource, made);
  assert.deepEqual(keysOf(await api.resourceActions.list({ resourceKey: 'parts-actions' })), ['read', 'sign']);
  assert.equal((await api.resourceActions.update('parts-actions', 'sign', { name: 'Signing' })).name, 'Signing');
  await api.resourceActions.delete('parts-actions', 'sign');
  assert.deepEqual(Object.keys((await api.resources.get('parts-actions')).actions), ['read']);
});

test('resourceAttributes', async () => {
  const resource = await api.resources.create({ key: 'parts-attributes', name: 'Attributes', actions: {} });
  const made = await api.resourceAttributes.create('parts-attributes', { key: 'size', type: 'number' });
  assert.equal(made.type, 'number');
  await found(api.resourceAttributes, resource, made);
  assert.deepEqual(keysOf(await api.resourceAttributes.list({ resourceKey: 'parts-attributes' })), ['size']);
  const changed = await api.resourceAttributes.update('parts-attributes', 'size', { description: 'In bytes' });
  assert.deepEqual([changed.type, changed.description], ['number', 'In bytes']);
  await api.resourceAttributes.delete('parts-attributes', 'size');
  await fails(404, api.resourceAttributes.get('parts-attributes', 'size'));
});

test('resourceRelations', async () => {
  const resource = await api.resources.create({ key: 'parts-relations', name: 'Relations', actions: {} });
  const made = await api.resourceRelations.create('parts-relations', { key: 'parent', name: 'Parent', subject_resource: 'reports' });
  assert.deepEqual([made.subject_resource, made.object_resource], ['reports', 'parts-relations']);
  await found(api.resourceRelations, resource, made);
  // The client says that this is a list; it returns the answer as it is, which has one inside.
  assert.deepEqual(keysOf((await api.resourceRelations.list({ resourceKey: 'parts-relations' })).data), ['parent']);
  await api.resourceRelations.delete('parts-relations', 'parent');
  await fails(404, api.resourceRelations.get('parts-relations', 'parent'));
});

test('resourceRoles', async () => {
  const resource = await api.resources.create({ key: 'parts-roles', name: 'Roles', actions: { read: {}, write: {} } });
  const made = await api.resourceRoles.create('parts-roles', { key: 'reader', name: 'Reader' });
  await found(api.resourceRoles, resource, made);
  assert.deepEqual(keysOf(await api.resourceRoles.list({ resourceKey: 'parts-roles' })), ['reader']);
  assert.equal((await api.resourceRoles.update('parts-roles', 'reader', { description: 'Reads' })).description, 'Reads');
  await api.users.create({ key: 'parts-ann' });
  await api.roleAssignments.assign({ user: 'parts-ann', role: 'reader', resource_instance: 'parts-roles:one', tenant: 'default' });
  const may = (action) => permit.check('parts-ann', action, { type: 'parts-roles', key: 'one', tenant: 'default' });
  assert.equal(await may('write'), false);
  assert.deepEqual((await api.resourceRoles.assignPermissions('parts-roles', 'reader', ['read', 'write'])).permissions, ['read', 'write']);
  assert.equal(await may('write'), true);
  assert.deepEqual((await api.resourceRoles.removePermissions('parts-roles', 'reader', ['write'])).permissions, ['read']);
  assert.deepEqual([await may('read'), await may('write')], [true, false]);
  const settings = { no_direct_roles_on_object: true };
  assert.deepEqual(await api.resourceRoles.updateRoleDerivationConditions('parts-roles', 'reader', settings), settings);
  await api.resourceRoles.delete('parts-roles', 'reader');
  assert.equal(await may('read'), false);
  await fails(404, api.resourceRoles.get('parts-roles', 'reader'));
});

test('resourceInstances', async () => {
  await api.resources.create({ key: 'parts-instances', name: 'Instances', actions: {} });
  const made = await api.resourceInstances.create({ key: 'one', resource: 'parts-instances', tenant: 'default', attributes: { size: 1 } });
  assert.deepEqual(await api.resourceInstances.getByKey('parts-instances:one'), made);
  assert.deepEqual(await api.resourceInstances.getById(made.id), made);
  assert.deepEqual(keysOf(await api.resourceInstances.list({ resource: 'parts-instances', tenant: 'default' })), ['one']);
  assert.deepEqual(await api.resourceInstances.list({ resource: 'parts-instances', page: 2 }), []);
  await api.resourceInstances.delete('parts-instances:one');
  await fails(404, api.resourceInstances.get('parts-instances:one'));
});
