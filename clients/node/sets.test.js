const test = require('node:test');
const assert = require('node:assert/strict');
const { connect, fails, keysOf } = require('./gatehouse');

const { api } = connect();
const conditions = { allOf: [{ 'user.key': { equals: 'ann' } }] };

test('conditionSets', async () => {
  const made = await api.conditionSets.create({ key: 'sets-staff', name: 'Staff', type: 'userset', conditions });
  assert.deepEqual(await api.conditionSets.get('sets-staff'), made);
  assert.deepEqual(await api.conditionSets.getByKey('sets-staff'), made);
  assert.deepEqual(await api.conditionSets.getById(made.id), made);
  assert.ok(keysOf(await api.conditionSets.list({ perPage: 100 })).includes('sets-staff'));
  const changed = await api.conditionSets.update('sets-staff', { name: 'The staff' });
  assert.equal(changed.name, 'The staff');
  assert.deepEqual(changed.conditions, conditions);
  await api.conditionSets.delete('sets-staff');
  await fails(404, api.conditionSets.get('sets-staff'));
});

test('the older calls of condition sets', async () => {
  assert.equal((await api.createConditionSet({ key: 'sets-older', name: 'Older', type: 'userset', conditions })).key, 'sets-older');
  assert.equal((await api.updateConditionSet('sets-older', { name: 'Old' })).name, 'Old');
  assert.ok(keysOf(await api.listConditionSets('userset', 1, 100)).includes('sets-older'));
  assert.ok(!keysOf(await api.listConditionSets('resourceset', 1, 100)).includes('sets-older'));
  const rule = { user_set: 'sets-older', permission: 'reports:view', resource_set: '__autogen_reports' };
  assert.equal((await api.assignConditionSetRule(rule))[0].permission, 'reports:view');
  const held = async () => (await api.listConditionSetsRules(1, 100)).filter((found) => found.user_set === 'sets-older');
  assert.equal((await held()).length, 1);
  await api.unassignConditionSetRule(rule);
  assert.deepEqual(await held(), []);
  await api.deleteConditionSet('sets-older');
  await fails(404, api.conditionSets.get('sets-older'));
});
