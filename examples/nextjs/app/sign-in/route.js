import { signIn } from '@logto/next/server-actions';
import { logtoConfig } from '../../lib/logto';

export const dynamic = 'force-dynamic';

export async function GET() {
  await signIn(logtoConfig); // redirects
}
