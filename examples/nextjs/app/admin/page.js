import { Guarded } from '../../lib/guarded';

// For admins.
export default function Administration() {
  return (
    <>
      <h1>Administration</h1>
      <Guarded action="delete" resource="reports">
        <p>Here reports are deleted.</p>
      </Guarded>
    </>
  );
}
