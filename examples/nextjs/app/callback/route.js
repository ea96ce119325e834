import { handleSignIn } from '@logto/next/server-actions';
import { redirect } from 'next/navigation';
import { logtoConfig } from '../../lib/logto';

export async function GET(request) {
  await handleSignIn(logtoConfig, request.nextUrl.searchParams);
  redirect('/reports');
}
