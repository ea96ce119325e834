const getCustomJwtClaims = async ({ context, environmentVariables, api }) => {
  const { GATEHOUSE_URL, GATEHOUSE_KEY, GATEHOUSE_ENV = 'default/dev', ON_FAILURE = 'open' } = environmentVariables;
  const [project, env] = GATEHOUSE_ENV.split('/');
  const path = `/console/v1/projects/${encodeURIComponent(project)}/envs/${encodeURIComponent(env)}/logto/claims`;
  try {
    const res = await fetch(GATEHOUSE_URL + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${GATEHOUSE_KEY}` },
      body: JSON.stringify({ user: context.user.id }),
      redirect: 'error',
      signal: typeof AbortSignal === 'undefined' ? undefined : AbortSignal.timeout(2000),
    });
    if (res.ok) {
      const { roles, tenants } = await res.json();
      return { roles, tenants };
    }
  } catch {
    // what to do without an answer is the same, whatever went wrong
  }
  return ON_FAILURE === 'closed' ? api.denyAccess('The roles of the user cannot be read.') : {};
};
