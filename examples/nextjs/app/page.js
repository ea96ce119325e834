import { who } from '../lib/access';

export default async function Start() {
  const claims = await who();
  if (!claims) {
    return (
      <>
        <h1>Reports Inc.</h1>
        <p><a href="/sign-in">Sign up or sign in</a></p>
      </>
    );
  }
  return (
    <>
      <h1>Hello, {claims.name ?? claims.username ?? claims.sub}</h1>
      <form action="/sign-out" method="post"><button>Sign out</button></form>
    </>
  );
}
