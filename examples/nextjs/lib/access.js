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
