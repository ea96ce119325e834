import { getLogtoContext } from '@logto/next/server-actions';
import { logtoConfig } from './logto';
import { permit } from './permit';

/** who returns the ID token's claims of whoever has signed in, or undefined. */
export async function who() {
  const { isAuthenticated, claims } = await getLogtoContext(logtoConfig);
  return isAuthenticated ? claims : undefined;
}

/** may reports whether a person may do the action to the resource. Without an answer it is no. */
export async function may(claims, action, resource) {
  try {
    return await permit.check(claims.sub, action, resource);
  } catch (error) {
    console.error('no answer from Gatehouse:', error.message);
    return false;
  }
}

/** why says in Gatehouse's words why somebody may not, which Permit's client does not tell. */
export async function why(claims, action, resource) {
  try {
    const answer = await fetch(`${process.env.PERMIT_PDP_URL}/allowed`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${process.env.PERMIT_API_KEY}`, 'Content-Type': 'application/json', 'X-Gatehouse-Explain': '1' },
      body: JSON.stringify({ user: { key: claims.sub }, action, resource: { type: resource, tenant: 'default' } }),
      cache: 'no-store',
      signal: AbortSignal.timeout(3000),
    });
    return (await answer.json()).debug.rbac.reason;
  } catch {
    return 'Gatehouse gives no answer, and without one it is a no.';
  }
}
