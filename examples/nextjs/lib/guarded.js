import { redirect } from 'next/navigation';
import { may, who, why } from './access';

/** Guarded shows its children to those who may do the action to the resource. The check is made on the server. */
export async function Guarded({ action, resource, children }) {
  const claims = await who();
  if (!claims) {
    redirect('/sign-in');
  }
  if (!(await may(claims, action, resource))) {
    return (
      <div role="alert">
        <p>You may not {action} the {resource}.</p>
        <p>{await why(claims, action, resource)}</p>
      </div>
    );
  }
  return children;
}
