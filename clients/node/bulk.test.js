const test = require('node:test');
const assert = require('node:assert/strict');
const { connect, fails } = require('./gatehouse');

const permit = connect();
const { users, roleAssignments, relationshipTuples, resources, resourceInstances } = permit.api;

test('users are made, replaced and deleted many at a time', async () => {
  await users.bulkUserCreate([{ key: 'bulk-ann', email: 'ann@example.com' }, { key: 'bulk-bob' }]);
  assert.equal((await users.get('bulk-ann')).email, 'ann@example.com');
  const error = await fails(409, users.bulkUserCreate([{ key: 'bulk-cat' }, { key: 'bulk-bob' }]));
  assert.match(error.message, /operations\.1.*bulk-bob/);
  await fails(404, users.get('bulk-cat'));
  await users.bulkUserReplace([
    { key: 'bulk-ann', first_name: 'Ann' },
    { key: 'bulk-cat', role_assignments: [{ role: 'viewer', tenant: 'default' }] },
  ]);
  assert.equal((await users.get('bulk-ann')).email, null);
  assert.equal(await permit.check('bulk-cat', 'view', 'reports'), true);
  await fails(404, users.bulkUserDelete(['bulk-ann', 'bulk-nobody']));
  await users.bulkUserDelete(['bulk-ann', 'bulk-bob', 'bulk-cat']);
  await fails(404, users.get('bulk-ann'));
  assert.equal(await permit.check('bulk-cat', 'view', 'reports'), false);
});

test('roles are assigned and unassigned many at a time', async () => {
  await users.bulkUserCreate([{ key: 'bulk-dan' }, { key: 'bulk-eve' }]);
  const roles = ['bulk-dan', 'bulk-eve'].map((user) => ({ user, role: 'viewer', tenant: 'default' }));
  assert.equal((await roleAssignments.bulkAssign(roles)).assignments_created, 2);
  assert.equal((await roleAssignments.bulkAssign(roles)).assignments_created, 0);
  assert.equal(await permit.check('bulk-eve', 'view', 'reports'), true);
  await fails(404, roleAssignments.bulkAssign([...roles, { user: 'bulk-nobody', role: 'viewer', tenant: 'default' }]));
  assert.equal((await roleAssignments.bulkUnassign(roles)).assignments_removed, 2);
  assert.equal((await roleAssignments.bulkUnassign(roles)).assignments_removed, 0);
  assert.equal(await permit.check('bulk-eve', 'view', 'reports'), false);
});

test('relationship tuples are made and deleted many at a time', async () => {
  await resources.create({ key: 'bulk-folder', name: 'Folder', actions: {} });
  await resources.create({ key: 'bulk-doc', name: 'Document', actions: {}, relations: { parent: 'bulk-folder' } });
  const tuples = ['a', 'b'].map((key) => ({ subject: 'bulk-folder:plans', relation: 'parent', object: `bulk-doc:${key}` }));
  await relationshipTuples.bulkRelationshipTuples(tuples.map((tuple) => ({ ...tuple, tenant: 'default' })));
  assert.equal((await relationshipTuples.list({ subject: 'bulk-folder:plans' })).length, 2);
  assert.equal((await resourceInstances.get('bulk-doc:b')).tenant, 'default');
  await relationshipTuples.bulkUnRelationshipTuples(tuples);
  assert.equal((await relationshipTuples.list({ subject: 'bulk-folder:plans' })).length, 0);
});
