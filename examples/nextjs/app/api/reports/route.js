import { may, who, why } from '../../../lib/access';

export async function GET() {
  const claims = await who();
  if (!claims) {
    return Response.json({ error: 'not_signed_in', reason: 'Sign in first.' }, { status: 401 });
  }
  if (!(await may(claims, 'view', 'reports'))) {
    return Response.json({ error: 'denied', reason: await why(claims, 'view', 'reports') }, { status: 403 });
  }
  return Response.json({ for: claims.sub, reports: ['Revenue', 'Renewals', 'Support load'] });
}
