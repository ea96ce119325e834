import { redirect } from 'next/navigation';
import { may, who } from './access';

/** Guarded shows its children to those who may do the action to the resource. The check is made on the server. */
export async function Guarded({ action, resource, children }) {
  const claims = await who();
  if (!claims) {
    redirect('/sign-in');
  }
  if (!(await may(claims, action, resource))) {
    return <p role="alert">You may not {action} the {resource}.</p>;
  }
  return children;
}
