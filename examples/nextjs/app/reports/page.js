import { Guarded } from '../../lib/guarded';

// For viewers, editors and admins.
export default function Reports() {
  return (
    <>
      <h1>Reports</h1>
      <Guarded action="view" resource="reports">
        <ul><li>Revenue</li><li>Renewals</li><li>Support load</li></ul>
      </Guarded>
    </>
  );
}
