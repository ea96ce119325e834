import { signOut } from '@logto/next/server-actions';
import { logtoConfig } from '../../lib/logto';

export async function POST() {
  await signOut(logtoConfig, `${logtoConfig.baseUrl}/`); // redirects
}
