// The methods of the client, found in its objects, and which of them the tests have
// called with success. Test files are processes of their own, so what they called is
// gathered in a file; methods.js compares.
const fs = require('node:fs');

// What every part of the API inherits and no caller calls: how it finds its context and
// names its errors.
const inherited = new Set(['constructor', 'setContextFromApiKey', 'ensureAccessLevel', 'ensureContext', 'handleApiError', 'clone', 'getMethods']);

/** parts returns the objects of a client whose methods are calls, by the name that callers write. */
function parts(permit) {
  const all = { permit, elements: permit.elements, api: permit.api };
  for (const name of Object.keys(permit.api)) {
    const part = permit.api[name];
    const plumbing = name.startsWith('_') || ['config', 'logger', 'openapiClientConfig', 'scopeApi'].includes(name);
    if (!plumbing && part && typeof part === 'object') {
      all[name] = part;
    }
  }
  return all;
}

/** methods returns the names of an object's methods, its own and those of its classes. */
function methods(object) {
  const names = new Set();
  for (let at = Object.getPrototypeOf(object); at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) {
      if (!inherited.has(name) && typeof Object.getOwnPropertyDescriptor(at, name).value === 'function') {
        names.add(name);
      }
    }
  }
  return [...names].sort();
}

/** record notes each call of a client that comes to an answer, in the file that the tests were given. */
function record(permit) {
  const file = process.env.GATEHOUSE_CALLS;
  if (!file) {
    return permit;
  }
  for (const [part, object] of Object.entries(parts(permit))) {
    for (const name of methods(object)) {
      const method = object[name];
      const note = () => fs.appendFileSync(file, `${part}.${name}\n`);
      object[name] = function (...values) {
        const result = method.apply(this, values);
        if (typeof result?.then !== 'function') {
          note();
          return result;
        }
        result.then(note, () => {});
        return result;
      };
    }
  }
  return permit;
}

module.exports = { methods, parts, record };
