const test = require('node:test');
const assert = require('node:assert/strict');
const { connect, fails } = require('./gatehouse');

const permit = connect();
const { api } = permit;

test('roles flow along relations', async () => {
  await api.resources.create({
    key: 'rel-folder', name: 'Folder', actions: { read: {} }, roles: { editor: { name: 'Editor', permissions: ['read'] } },
  });
  const doc = await api.resources.create({
    key: 'rel-doc', name: 'Document', actions: { read: {}, write: {} }, relations: { parent: 'rel-folder' },
    roles: {
      editor: {
        name: 'Editor', permissions: ['write'],
        granted_to: { users_with_role: [{ role: 'editor', on_resource: 'rel-folder', linked_by_relation: 'parent' }] },
      },
    },
  });
  assert.equal(doc.relations.parent.resource, 'rel-folder');
  assert.equal(doc.roles.editor.granted_to.users_with_role[0].linked_by_relation, 'parent');
  const viewer = await api.resourceRoles.create('rel-doc', { key: 'viewer', name: 'Viewer', permissions: ['read'] });
  assert.deepEqual(viewer.permissions, ['read']);
  await api.resourceRoles.createRoleDerivation('rel-doc', 'viewer', { role: 'editor', on_resource: 'rel-folder', linked_by_relation: 'parent' });
  await api.users.create({ key: 'rel-ann' });

  await api.resourceInstances.create({ key: 'plans', resource: 'rel-folder', tenant: 'default' });
  const given = await api.roleAssignments.assign({ user: 'rel-ann', role: 'editor', resource_instance: 'rel-folder:plans' });
  assert.equal(given.resource_instance, 'rel-folder:plans');
  assert.equal(given.tenant, 'default');
  const tuple = { subject: 'rel-folder:plans', relation: 'parent', object: 'rel-doc:budget' };
  assert.equal((await api.relationshipTuples.create(tuple)).object, 'rel-doc:budget');
  await fails(409, api.relationshipTuples.create(tuple));
  assert.equal((await api.relationshipTuples.list({ object: 'rel-doc:budget' })).length, 1);
  assert.equal((await api.resourceInstances.get('rel-doc:budget')).tenant, 'default');

  const may = (action) => permit.check('rel-ann', action, { type: 'rel-doc', key: 'budget', tenant: 'default' });
  assert.equal(await may('write'), true);
  assert.equal(await may('read'), true);
  await api.resourceRoles.deleteRoleDerivation('rel-doc', 'viewer', { role: 'editor', on_resource: 'rel-folder', linked_by_relation: 'parent' });
  assert.equal(await may('read'), false);
  await api.relationshipTuples.delete(tuple);
  assert.equal(await may('write'), false);
  await fails(404, api.relationshipTuples.delete(tuple));
});

test('condition sets decide by attributes', async () => {
  await api.resources.create({ key: 'set-film', name: 'Film', actions: { watch: {} }, attributes: { rating: { type: 'number' } } });
  await api.resourceAttributes.create('__user', { key: 'setage', type: 'number' });
  const conditions = { allOf: [{ 'user.setage': { 'greater-than-equals': 18 } }] };
  const adults = await api.conditionSets.create({ key: 'set-adults', name: 'Adults', type: 'userset', conditions });
  assert.deepEqual(adults.conditions, conditions);
  await api.conditionSets.create({
    key: 'set-harsh', name: 'Harsh', type: 'resourceset', resource_id: 'set-film', conditions: { 'resource.rating': { 'greater-than': 15 } },
  });
  const rule = { user_set: 'set-adults', permission: 'set-film:watch', resource_set: 'set-harsh' };
  const made = await api.conditionSetRules.create(rule);
  assert.equal(made.permission, 'set-film:watch');
  assert.equal((await api.conditionSetRules.list({ userSetKey: 'set-adults' })).length >= 1, true);
  await api.users.create({ key: 'set-ann', attributes: { setage: 30 } });
  const may = (rating) => permit.check('set-ann', 'watch', { type: 'set-film', tenant: 'default', attributes: { rating } });
  assert.equal(await may(18), true);
  assert.equal(await may(6), false);
  await api.conditionSetRules.delete(rule);
  assert.equal(await may(18), false);
  await api.conditionSets.delete('set-adults');
  await fails(404, api.conditionSets.get('set-adults'));
});
