const test = require('node:test');
const assert = require('node:assert/strict');
const { connect, fails, keysOf, organizationKey } = require('./gatehouse');

const permit = connect(organizationKey);
const { environments, projects } = permit.api;

test('projects are made with environments, changed and deleted', async () => {
  const made = await projects.create({ key: 'node-project', name: 'Project', description: 'One' });
  assert.equal(made.key, 'node-project');
  assert.deepEqual(keysOf(await environments.list({ projectKey: 'node-project' })), ['dev', 'production']);
  await fails(409, projects.create({ key: 'node-project', name: 'Again' }));
  assert.deepEqual(await projects.get('node-project'), made);
  assert.deepEqual(await projects.getByKey('node-project'), made);
  assert.deepEqual(await projects.getById(made.id), made);
  assert.ok(keysOf(await projects.list()).includes('node-project'));
  const changed = await projects.update('node-project', { name: 'Renamed' });
  assert.equal(changed.name, 'Renamed');
  assert.equal(changed.description, 'One');
  await projects.delete('node-project');
  await fails(404, projects.get('node-project'));
});

test('an environment decides with its own key until it is deleted', async () => {
  const made = await environments.create('default', { key: 'node-env', name: 'Env' });
  assert.equal(made.key, 'node-env');
  await fails(409, environments.create('default', { key: 'node-env', name: 'Again' }));
  assert.equal((await environments.get('default', 'node-env')).id, made.id);
  assert.equal((await environments.getByKey('default', 'node-env')).id, made.id);
  assert.equal((await environments.getById(made.project_id, made.id)).key, 'node-env');
  assert.equal((await environments.update('default', 'node-env', { name: 'Renamed' })).name, 'Renamed');
  const target = { existing: 'node-env' };
  const copied = await environments.copy('default', 'dev', { target_env: target, conflict_strategy: 'overwrite' });
  assert.equal(copied.id, made.id);
  assert.ok((await environments.getStats('default', 'node-env')).stats.resources >= 1);

  const { secret } = await environments.getApiKey('default', 'node-env');
  assert.ok(secret.length >= 97);
  const inside = connect(secret);
  await inside.api.users.create({ key: 'ann', role_assignments: [{ role: 'viewer', tenant: 'default' }] });
  assert.equal(await inside.check('ann', 'view', 'reports'), true);
  assert.equal(await connect().check('ann', 'view', 'reports'), false);
  assert.deepEqual(keysOf(await inside.api.projects.list()), ['default']);

  await environments.delete('default', 'node-env');
  await fails(404, environments.get('default', 'node-env'));
  await fails(401, inside.api.users.list());
});
